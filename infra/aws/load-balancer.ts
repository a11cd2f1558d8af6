import { Duration, Validations } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import type * as ecs from 'aws-cdk-lib/aws-ecs'
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { Construct } from 'constructs'
import type { Network } from './network.ts'

interface LoadBalancerProps {
  network: Network
  service: ecs.FargateService
  /** The port of the service. */
  port: number
}

/**
 * Seconds that ECS waits before it tells a leaving task to stop, and that the task then goes on
 * serving. Together they are the two minutes that AWS recommends, because the load balancer may send
 * a target new connections for as long after it was deregistered (NLB user guide, "Deregistration
 * delay"). Connections that stand it leaves where they are: the task, which hears of its end behind
 * the first half, closes each after its next answer. Each half is longer than the longest request.
 */
export const drainSeconds = 60

/**
 * The internal load balancer in front of the tasks. Its security group lets nobody in: API
 * Gateway comes by PrivateLink, to which the group's rules are told not to apply.
 */
export class LoadBalancer extends Construct {
  readonly balancer: elbv2.NetworkLoadBalancer
  readonly targets: elbv2.NetworkTargetGroup

  constructor(scope: Construct, id: string, { network, service, port }: LoadBalancerProps) {
    super(scope, id)
    this.balancer = new elbv2.NetworkLoadBalancer(this, 'Balancer', {
      vpc: network.vpc,
      vpcSubnets: network.balancerSubnets,
      internetFacing: false,
      // A single task stands in one zone; requests arrive in every zone.
      crossZoneEnabled: true,
      securityGroups: [
        new ec2.SecurityGroup(this, 'SecurityGroup', {
          vpc: network.vpc,
          description: 'Load balancer of the resize service',
          allowAllOutbound: false,
        }),
      ],
      enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: false,
    })
    this.targets = this.balancer.addListener('Http', { port: 80 }).addTargets('Service', {
      port,
      protocol: elbv2.Protocol.TCP,
      targets: [service],
      deregistrationDelay: Duration.seconds(drainSeconds),
      healthCheck: {
        protocol: elbv2.Protocol.HTTP,
        path: '/readyz',
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 2,
      },
    })
    service.connections.allowFrom(this.balancer, ec2.Port.tcp(port), 'requests and health checks')
    Validations.of(this.balancer).acknowledge({
      id: 'AwsSolutions-ELB2',
      reason: 'The access log of the API and the log of the service have every request.',
    })
  }
}
