import t from 'tap'
import { defaultDimensions, defaultImageTypes } from '../../../../service/config.ts'
import { allowedBy, inWords, propertiesOf, taskEnvironment } from '../synthesised.ts'
import { template } from './default-stack.ts'

const task = propertiesOf(template, 'AWS::ECS::TaskDefinition')
const [container] = task.ContainerDefinitions

t.test('a task is one ARM64 container that may change nothing', async (t) => {
  t.match(task, {
    Cpu: '1024',
    Memory: '2048',
    NetworkMode: 'awsvpc',
    RequiresCompatibilities: ['FARGATE'],
    RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
  })
  t.match(container, {
    User: 'node',
    ReadonlyRootFilesystem: true,
    LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
    PortMappings: [{ ContainerPort: 3000 }],
    StopTimeout: 120,
  })
  t.match(container.HealthCheck.Command.join(' '), /127\.0\.0\.1:3000\/healthz/)
  t.match(container.LogConfiguration.Options, { mode: 'non-blocking' })
})

t.test('the task reads its settings from the environment', async (t) => {
  t.same(taskEnvironment(template), {
    BUCKET: '<ImagesOriginBucket>',
    CF_DistributionId: '<ImagesCdnDistribution>',
    ALLOWED_DIMENSIONS: defaultDimensions,
    ALLOWED_IMAGE_TYPES: defaultImageTypes,
    KEY_PREFIXES: 'img/',
    CACHE_CONTROL: 'public, max-age=604800',
    PORT: '3000',
    HOST: '0.0.0.0',
    LOG_LEVEL: 'info',
    INVALIDATION: 'every-write',
    CACHE_TAGS: 'false',
    DEADLINE_MS: '25000',
    SHUTDOWN_DELAY_MS: '60000',
    PROCESSORS: '1',
    CONCURRENCY: '4',
    QUEUE_LIMIT: '16',
    MEMORY_BUDGET: String(Math.floor(0.4 * 2048 * 1024 * 1024)),
    METRICS: 'emf',
    CDN_URL: 'https://<ImagesCdnDistribution.DomainName>',
  })
})

t.test('the task may do what the flow needs, and no more', async (t) => {
  t.same(allowedBy(template, /TaskRole/), [
    'Allow s3:DeleteObject s3:GetObject s3:PutObject on <ImagesOriginBucket.Arn>/img/*',
    'Allow s3:ListBucket on <ImagesOriginBucket.Arn>',
    'Allow cloudfront:CreateInvalidation on arn:<AWS::Partition>:cloudfront::<AWS::AccountId>:distribution/<ImagesCdnDistribution>',
  ])
})

t.test('deployments roll back, and keep the tasks that load has called for', async (t) => {
  const service = propertiesOf(template, 'AWS::ECS::Service')
  t.match(service.DeploymentConfiguration, {
    DeploymentCircuitBreaker: { Enable: true, Rollback: true },
    MinimumHealthyPercent: 100,
    MaximumPercent: 200,
  })
  t.equal(service.DesiredCount, undefined)
  t.equal(service.LaunchType, 'FARGATE')
})

t.test('tasks follow the processor time', async (t) => {
  t.match(propertiesOf(template, 'AWS::ApplicationAutoScaling::ScalableTarget'), {
    MinCapacity: 2,
    MaxCapacity: 10,
  })
  t.match(propertiesOf(template, 'AWS::ApplicationAutoScaling::ScalingPolicy'), {
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      TargetValue: 60,
    },
  })
})

t.test('tasks have a way out, no NAT gateway, and only the load balancer comes in', async (t) => {
  template.resourceCountIs('AWS::EC2::NatGateway', 0)
  template.resourceCountIs('AWS::EC2::Subnet', 2)
  const { AwsvpcConfiguration } = propertiesOf(template, 'AWS::ECS::Service').NetworkConfiguration
  t.equal(AwsvpcConfiguration.AssignPublicIp, 'ENABLED')
  const group = propertiesOf(template, 'AWS::EC2::SecurityGroup', /ServiceSecurityGroup/)
  t.match(group.SecurityGroupEgress, [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }])
  t.equal(group.SecurityGroupEgress.length, 1)
  t.equal(group.SecurityGroupIngress, undefined)
  const ingress = propertiesOf(template, 'AWS::EC2::SecurityGroupIngress')
  t.match(ingress, { FromPort: 3000, ToPort: 3000 })
  t.match(inWords(ingress.SourceSecurityGroupId), /LoadBalancerSecurityGroup/)
})

t.test('the way out is there before the tasks are, and goes after them', async (t) => {
  const [service] = Object.values(template.findResources('AWS::ECS::Service'))
  const routes = Object.keys(template.findResources('AWS::EC2::Route'))
  t.equal(routes.length, 2)
  t.same(
    routes.filter((route) => !service?.DependsOn.includes(route)),
    [],
  )
})

t.test('S3 is reached by a gateway endpoint', async (t) => {
  const endpoint = propertiesOf(template, 'AWS::EC2::VPCEndpoint')
  t.equal(endpoint.VpcEndpointType, 'Gateway')
  t.equal(inWords(endpoint.ServiceName), 'com.amazonaws.<AWS::Region>.s3')
  t.equal(endpoint.RouteTableIds.length, 2)
})

t.test('logs are kept for a month', async (t) => {
  const groups = Object.values(template.findResources('AWS::Logs::LogGroup'))
  t.equal(groups.length, 4, 'two of the API, of service and sync')
  for (const { Properties } of groups) t.equal(Properties.RetentionInDays, 30)
})
