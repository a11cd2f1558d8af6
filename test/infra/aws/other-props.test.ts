import type { Template } from 'aws-cdk-lib/assertions'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import t from 'tap'
import { allowedBy, propertiesOf, synthesise, taskEnvironment } from './synthesised.ts'

const { template } = synthesise(() => ({
  allowedDimensions: '*',
  invalidation: 'off',
  natGateways: 1,
  alarmEmail: 'ops@example.com',
  maxTasks: 2,
  cpu: 2048,
  memory: 8192,
}))

t.test('any dimensions, up to the longest side', async (t) => {
  t.equal(taskEnvironment(template).ALLOWED_DIMENSIONS, '*')
})

t.test('who never invalidates may not', async (t) => {
  for (const policy of [/TaskRole/, /SyncRole/]) {
    t.notMatch(allowedBy(template, policy).join('\n'), /cloudfront/)
  }
})

t.test('behind a NAT gateway, tasks have no public address', async (t) => {
  template.resourceCountIs('AWS::EC2::NatGateway', 1)
  const { AwsvpcConfiguration } = propertiesOf(template, 'AWS::ECS::Service').NetworkConfiguration
  t.equal(AwsvpcConfiguration.AssignPublicIp, 'DISABLED')
  const [service] = Object.values(template.findResources('AWS::ECS::Service'))
  const routes = Object.entries(template.findResources('AWS::EC2::Route')).flatMap(
    ([id, { Properties }]) => (Properties.NatGatewayId ? [id] : []),
  )
  t.equal(routes.length, 2)
  t.ok(
    routes.every((route) => service?.DependsOn.includes(route)),
    'their way out goes after them',
  )
})

t.test('NAT gateways can be added to a stack that stands, and taken away', async (t) => {
  // CloudFormation makes what replaces a subnet before it removes it, and addresses cannot overlap.
  const subnets = (of: Template) =>
    Object.entries(of.findResources('AWS::EC2::Subnet')).flatMap(([id, { Properties }]) =>
      id.includes('public') ? [[id, Properties.CidrBlock]] : [],
    )
  const without = synthesise().template
  t.strictSame(subnets(template), subnets(without))
  const balancer = 'AWS::ElasticLoadBalancingV2::LoadBalancer'
  t.strictSame(propertiesOf(template, balancer).Subnets, propertiesOf(without, balancer).Subnets)
})

t.test('an e-mail address alone gets a topic of its own', async (t) => {
  t.equal(propertiesOf(template, 'AWS::SNS::Subscription').Endpoint, 'ops@example.com')
  template.resourceCountIs('AWS::SNS::Topic', 1)
})

t.test('CloudWatch may publish to the topic, for alarms of this account', async (t) => {
  // The policy that asks for TLS stands in place of SNS's own, which let CloudWatch in.
  const { PolicyDocument } = propertiesOf(template, 'AWS::SNS::TopicPolicy')
  const allowed = PolicyDocument.Statement.filter(
    ({ Effect }: { Effect: string }) => Effect === 'Allow',
  )
  t.equal(allowed.length, 1)
  t.match(allowed, [
    {
      Action: 'sns:Publish',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    },
  ])
})

t.test('what the service may take follows the size of the task', async (t) => {
  t.equal(taskEnvironment(template).CONCURRENCY, '6')
  t.equal(taskEnvironment(template).MEMORY_BUDGET, String(Math.floor(0.4 * 8192 * 1024 * 1024)))
})

t.test('the load balancer takes one subnet of each zone, however many a network has', async (t) => {
  // More than one AWS refuses.
  const { template } = synthesise((stack) => ({
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Shared', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-west-1a', 'eu-west-1b'],
      privateSubnetIds: ['subnet-app-a', 'subnet-app-b', 'subnet-data-a', 'subnet-data-b'],
      privateSubnetNames: ['app', 'data'],
      privateSubnetRouteTableIds: ['rtb-app-a', 'rtb-app-b', 'rtb-data-a', 'rtb-data-b'],
    }),
  }))
  const { Subnets } = propertiesOf(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer')
  t.same(Subnets, ['subnet-app-a', 'subnet-app-b'])
})
