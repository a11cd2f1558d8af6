import { Validations } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import { Construct } from 'constructs'

interface NetworkProps {
  vpc: ec2.IVpc | undefined
  natGateways: number
}

/**
 * Where the tasks stand. Without a NAT gateway they have public addresses for their way out to
 * ECR, CloudWatch and CloudFront, which has no endpoint in a VPC; S3 is reached by its endpoint.
 */
export class Network extends Construct {
  readonly vpc: ec2.IVpc
  readonly taskSubnets: ec2.SubnetSelection
  readonly assignPublicIp: boolean

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id)
    this.vpc = props.vpc ?? this.create(props.natGateways)
    this.assignPublicIp = this.vpc.privateSubnets.length === 0
    this.taskSubnets = {
      subnetType: this.assignPublicIp ? ec2.SubnetType.PUBLIC : ec2.SubnetType.PRIVATE_WITH_EGRESS,
    }
  }

  private create(natGateways: number): ec2.IVpc {
    const publicSubnets = { name: 'public', subnetType: ec2.SubnetType.PUBLIC }
    const privateSubnets = { name: 'private', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }
    const vpc = new ec2.Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways,
      restrictDefaultSecurityGroup: true,
      subnetConfiguration: natGateways === 0 ? [publicSubnets] : [publicSubnets, privateSubnets],
      gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    })
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'Only the load balancer reaches the tasks; their requests are in the logs of API and service.',
    })
    return vpc
  }
}
