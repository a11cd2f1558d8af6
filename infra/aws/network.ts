import { Validations } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import { Construct } from 'constructs'

interface NetworkProps {
  vpc: ec2.IVpc | undefined
  natGateways: number
}

/** Availability zones of a new network at most. */
export const maxZones = 2

/** A quarter of the network's addresses: two kinds of subnets in two zones. */
const cidrMask = 18

/**
 * Where the tasks stand. Without a NAT gateway they have public addresses for their way out to
 * ECR, CloudWatch and CloudFront, which has no endpoint in a VPC; S3 is reached by its endpoint.
 */
export class Network extends Construct {
  readonly vpc: ec2.IVpc
  readonly taskSubnets: ec2.SubnetSelection
  readonly assignPublicIp: boolean
  /**
   * One in each zone: a load balancer takes no more. Those of a network of our own stay the same
   * with NAT gateways and without.
   */
  readonly balancerSubnets: ec2.SubnetSelection

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id)
    this.vpc = props.vpc ?? this.create(props.natGateways)
    this.assignPublicIp = this.vpc.privateSubnets.length === 0
    this.taskSubnets = {
      subnetType: this.assignPublicIp ? ec2.SubnetType.PUBLIC : ec2.SubnetType.PRIVATE_WITH_EGRESS,
    }
    this.balancerSubnets = props.vpc
      ? { ...this.taskSubnets, onePerAz: true }
      : { subnetType: ec2.SubnetType.PUBLIC }
  }

  private create(natGateways: number): ec2.IVpc {
    const vpc = new ec2.Vpc(this, 'Vpc', {
      maxAzs: maxZones,
      natGateways,
      restrictDefaultSecurityGroup: true,
      // With room for both kinds at any time: a subnet that stands cannot be cut anew.
      subnetConfiguration: [
        { name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask },
        {
          name: 'private',
          subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS,
          cidrMask,
          reserved: natGateways === 0,
        },
      ],
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
