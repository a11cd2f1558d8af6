import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import * as logs from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { acceptRegistryToken } from './accepted-findings.ts'
import { drainSeconds } from './load-balancer.ts'
import type { Network } from './network.ts'
import { serviceImage } from './service-image.ts'
import type { RightsizeSettings } from './settings.ts'

interface ImageServiceProps {
  network: Network
  settings: RightsizeSettings
  /** Built from this project when undefined. */
  image: ecs.ContainerImage | undefined
  /** What the service reads, by name. */
  environment: Record<string, string>
  logRetention: logs.RetentionDays
}

/** The processor time, in percent, above which another task is started. */
const cpuTarget = 60

/** The resize service on Fargate. */
export class ImageService extends Construct {
  readonly cluster: ecs.Cluster
  readonly service: ecs.FargateService
  readonly taskDefinition: ecs.FargateTaskDefinition
  readonly logGroup: logs.LogGroup

  constructor(scope: Construct, id: string, props: ImageServiceProps) {
    super(scope, id)
    const { network, settings } = props
    this.logGroup = new logs.LogGroup(this, 'Log', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.taskDefinition = this.task(props)
    this.cluster = new ecs.Cluster(this, 'Cluster', {
      vpc: network.vpc,
      containerInsightsV2: ecs.ContainerInsights.DISABLED,
    })
    this.service = new ecs.FargateService(this, 'Service', {
      cluster: this.cluster,
      taskDefinition: this.taskDefinition,
      vpcSubnets: network.taskSubnets,
      assignPublicIp: network.assignPublicIp,
      securityGroups: [this.securityGroup(network.vpc)],
      circuitBreaker: { rollback: true },
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      healthCheckGracePeriod: Duration.seconds(60),
    })
    // Nothing else tells CloudFormation that the tasks' routes come before them and go after them.
    const { internetConnectivityEstablished } = network.vpc.selectSubnets(network.taskSubnets)
    this.service.node.addDependency(internetConnectivityEstablished)
    this.scale(settings)
    Validations.of(this.cluster).acknowledge({
      id: 'AwsSolutions-ECS4',
      reason:
        "Container Insights is billed by metric; ECS's own and the service's metrics suffice.",
    })
  }

  private task({ settings, image, environment }: ImageServiceProps): ecs.FargateTaskDefinition {
    const task = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu: settings.cpu,
      memoryLimitMiB: settings.memory,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    })
    const linuxParameters = new ecs.LinuxParameters(this, 'Linux')
    linuxParameters.dropCapabilities(ecs.Capability.ALL)
    task.addContainer('service', {
      image: image ?? serviceImage(this),
      environment: { ...environment, SHUTDOWN_DELAY_MS: String(1000 * drainSeconds) },
      portMappings: [{ containerPort: settings.port }],
      user: 'node',
      readonlyRootFilesystem: true,
      linuxParameters,
      // As long again as it serves on, so that what is written behind the answers gets done as well;
      // ECS has no longer one.
      stopTimeout: Duration.seconds(2 * drainSeconds),
      healthCheck: aliveCheck(settings.port),
      logging: ecs.LogDrivers.awsLogs({
        logGroup: this.logGroup,
        streamPrefix: 'service',
        // A slow log must not hold up an answer.
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      }),
    })
    Validations.of(task).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The environment holds settings that anyone may see, and no secret.',
    })
    acceptRegistryToken(task.obtainExecutionRole())
    return task
  }

  private securityGroup(vpc: ec2.IVpc): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Tasks of the resize service',
      allowAllOutbound: false,
    })
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'S3, CloudFront, ECR and CloudWatch')
    return group
  }

  private scale({ minTasks, maxTasks }: RightsizeSettings): void {
    // Without a count of its own, a deployment leaves the tasks that load has called for.
    const resource = this.service.node.defaultChild as ecs.CfnService
    resource.addPropertyDeletionOverride('DesiredCount')
    this.service
      .autoScaleTaskCount({ minCapacity: minTasks, maxCapacity: maxTasks })
      .scaleOnCpuUtilization('Cpu', {
        targetUtilizationPercent: cpuTarget,
        scaleOutCooldown: Duration.minutes(1),
        scaleInCooldown: Duration.minutes(5),
      })
  }
}

/**
 * Whether the process lives. Being ready is the load balancer's question: a task that drains, or
 * waits for S3, is not to be replaced.
 */
function aliveCheck(port: number): ecs.HealthCheck {
  const script = `fetch('http://127.0.0.1:${port}/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`
  return {
    command: ['CMD', 'node', '-e', script],
    interval: Duration.seconds(30),
    timeout: Duration.seconds(5),
    retries: 3,
    startPeriod: Duration.seconds(15),
  }
}
