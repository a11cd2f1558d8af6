import { Stack } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as sns from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import { serviceMetric } from './service-metrics.ts'
import type { Signals } from './signals.ts'

interface AlarmsProps {
  signals: Signals
  /** Who is told; nobody where neither is given. */
  topic: sns.ITopic | undefined
  email: string | undefined
}

interface Rule {
  metric: cloudwatch.Metric
  /** What has happened, and what to do. */
  description: string
  threshold: number
  /** How many periods in a row. */
  periods?: number
  /** Alarm below the threshold, or where no figure comes, in place of at or above it. */
  below?: boolean
}

/** What somebody has to look at. */
export class Alarms extends Construct {
  readonly alarms: readonly cloudwatch.Alarm[]
  readonly topic: sns.ITopic | undefined

  constructor(scope: Construct, id: string, { signals, topic, email }: AlarmsProps) {
    super(scope, id)
    this.topic = topic ?? (email ? this.ownTopic() : undefined)
    if (email) this.topic?.addSubscription(new EmailSubscription(email))
    this.alarms = Object.entries(rules(signals)).map(([name, rule]) => this.alarm(name, rule))
  }

  private ownTopic(): sns.Topic {
    const topic = new sns.Topic(this, 'Topic', { enforceSSL: true })
    // What asks for TLS replaces the policy that a topic has by itself, which lets CloudWatch in.
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } }
    topic.grantPublish(new iam.ServicePrincipal('cloudwatch.amazonaws.com', { conditions }))
    return topic
  }

  private alarm(name: string, { below, periods = 1, ...rule }: Rule): cloudwatch.Alarm {
    const alarm = rule.metric.createAlarm(this, name, {
      alarmDescription: rule.description,
      threshold: rule.threshold,
      evaluationPeriods: periods,
      comparisonOperator: below
        ? cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
        : cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: below
        ? cloudwatch.TreatMissingData.BREACHING
        : cloudwatch.TreatMissingData.NOT_BREACHING,
    })
    if (this.topic) alarm.addAlarmAction(new SnsAction(this.topic))
    return alarm
  }
}

function rules(signals: Signals): Record<string, Rule> {
  return {
    Errors5xx: {
      metric: signals.api5xxShare,
      threshold: 0.05,
      periods: 3,
      description: 'One request in twenty fails: look for "status":5 in the log of the service.',
    },
    Latency: {
      metric: signals.latency95,
      threshold: 5000,
      periods: 3,
      description: 'One new image in twenty takes over 5 s: raise maxTasks, then cpu.',
    },
    Cpu: {
      metric: signals.cpu,
      threshold: 85,
      periods: 3,
      description: 'Scaling does not keep up with the load: raise maxTasks.',
    },
    Memory: {
      metric: signals.memory,
      threshold: 90,
      periods: 3,
      description: 'A task is nearly out of memory: lower limits.memoryBudget, or raise memory.',
    },
    NoHealthyTask: {
      metric: signals.healthyTasks,
      threshold: 1,
      periods: 5,
      below: true,
      description: 'No task is ready, so no new image is made: look at the events of the service.',
    },
    Rejected: {
      metric: serviceMetric('Rejected'),
      threshold: 1,
      periods: 3,
      description: 'Requests are refused for want of room: raise maxTasks.',
    },
    WriteBackFailures: {
      metric: serviceMetric('WriteBackFailures'),
      threshold: 1,
      periods: 3,
      description: 'Images are made but not stored, so they are made again each time.',
    },
    InvalidationFailures: {
      metric: serviceMetric('InvalidationFailures'),
      threshold: 1,
      periods: 3,
      description: 'CloudFront refuses invalidations, so it may show old images.',
    },
    InvalidationsDropped: {
      metric: serviceMetric('InvalidationsDropped'),
      threshold: 1,
      description:
        'Invalidations were given up: `npm run images -- purge <key> --delete` what changed.',
    },
    QueueAge: {
      metric: signals.queueAge,
      threshold: 900,
      description: 'A change of an original waits for 15 minutes: look at the log of the sync.',
    },
    DeadLetters: {
      metric: signals.deadLetters,
      threshold: 1,
      description: 'A change of an original failed five times: mend the cause, then redrive.',
    },
  }
}
