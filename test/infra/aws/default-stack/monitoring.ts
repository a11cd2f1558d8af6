import t from 'tap'
import { inWords, propertiesOf } from '../synthesised.ts'
import { template } from './default-stack.ts'

t.test('alarms watch failures, latency, load, the queue and dead letters', async (t) => {
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties: { Namespace, MetricName, ComparisonOperator, Threshold } }) =>
      `${Namespace} ${MetricName} ${ComparisonOperator} ${Threshold}`,
  )
  const atLeast = 'GreaterThanOrEqualToThreshold'
  t.same(alarms.sort(), [
    `AWS/ApiGateway 5XXError ${atLeast} 0.05`,
    `AWS/ApiGateway Latency ${atLeast} 5000`,
    `AWS/ECS CPUUtilization ${atLeast} 85`,
    `AWS/ECS MemoryUtilization ${atLeast} 90`,
    'AWS/NetworkELB HealthyHostCount LessThanThreshold 1',
    `AWS/SQS ApproximateAgeOfOldestMessage ${atLeast} 900`,
    `AWS/SQS ApproximateNumberOfMessagesVisible ${atLeast} 1`,
    `rightsize InvalidationFailures ${atLeast} 1`,
    `rightsize InvalidationsDropped ${atLeast} 1`,
    `rightsize Rejected ${atLeast} 1`,
    `rightsize WriteBackFailures ${atLeast} 1`,
  ])
})

t.test('the alarm of dead letters is on their queue', async (t) => {
  const { Dimensions } = propertiesOf(template, 'AWS::CloudWatch::Alarm', /DeadLetters/)
  t.same(
    Dimensions.map(({ Value }: { Value: unknown }) => inWords(Value)),
    ['<ImagesSyncDeadLetters.QueueName>'],
  )
})

t.test('tasks are absent when no zone has one, not when one zone has none', async (t) => {
  const { Statistic } = propertiesOf(template, 'AWS::CloudWatch::Alarm', /NoHealthyTask/)
  t.equal(Statistic, 'Maximum')
})

t.test('only the absence of tasks is alarming when no figure comes', async (t) => {
  for (const [id, { Properties }] of Object.entries(
    template.findResources('AWS::CloudWatch::Alarm'),
  )) {
    const expected = id.includes('NoHealthyTask') ? 'breaching' : 'notBreaching'
    t.equal(Properties.TreatMissingData, expected, id)
    t.equal(Properties.AlarmActions, undefined, `${id} tells nobody unless asked to`)
  }
})

t.test('the dashboard has the figures of CDN, API, service and sync', async (t) => {
  const { DashboardBody } = propertiesOf(template, 'AWS::CloudWatch::Dashboard')
  const body = inWords(DashboardBody)
  for (const figure of [
    '"AWS/CloudFront","Requests"',
    '"AWS/ApiGateway","Latency"',
    '"AWS/ECS","CPUUtilization"',
    '"rightsize","ResizeSeconds","Service","rightsize"',
    '"rightsize","QueueLength"',
    '"AWS/SQS","ApproximateAgeOfOldestMessage"',
    '"AWS/Lambda","Errors"',
  ]) {
    t.ok(body.includes(figure), figure)
  }
})
