import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import * as logs from 'aws-cdk-lib/aws-logs'
import * as s3 from 'aws-cdk-lib/aws-s3'
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications'
import * as sqs from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { eventQueue } from '../flow.ts'
import { acceptNotificationsHandler } from './accepted-findings.ts'
import { syncCode, syncHandler } from './sync-bundle.ts'

interface SyncProps {
  /** What the handler reads, by name. */
  environment: Record<string, string>
  logRetention: logs.RetentionDays
}

const functionTimeout = Duration.seconds(60)

/** Events of both buckets, kept in a queue until the sync Lambda has dealt with them. */
export class Sync extends Construct {
  readonly queue: sqs.Queue
  readonly deadLetters: sqs.Queue
  readonly function: lambda.Function
  readonly role: iam.Role

  constructor(scope: Construct, id: string, props: SyncProps) {
    super(scope, id)
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    })
    this.queue = new sqs.Queue(this, 'Queue', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // AWS's rule for a queue in front of a Lambda.
      visibilityTimeout: Duration.seconds(6 * functionTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: eventQueue.maxReceives },
    })
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    })
    this.function = this.createFunction(props)
    this.function.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: eventQueue.batchSize,
        maxBatchingWindow: Duration.seconds(1),
        reportBatchItemFailures: true,
        maxConcurrency: eventQueue.concurrency,
      }),
    )
  }

  /**
   * Sends what is written to and removed from `bucket` below `prefixes` to the queue.
   * @param expiration which of the lifecycle's events mean that an object is gone
   */
  watch(bucket: s3.IBucket, prefixes: readonly string[], expiration: s3.EventType): void {
    const destination = new SqsDestination(this.queue)
    for (const event of [s3.EventType.OBJECT_CREATED, s3.EventType.OBJECT_REMOVED, expiration]) {
      for (const prefix of outermost(prefixes)) {
        bucket.addEventNotification(event, destination, { prefix })
      }
    }
    endBeforeEmptying(bucket)
    acceptNotificationsHandler(this)
  }

  private createFunction({ environment, logRetention }: SyncProps): lambda.Function {
    const logGroup = new logs.LogGroup(this, 'Log', {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    logGroup.grantWrite(this.role)
    return new lambda.Function(this, 'Function', {
      description: 'Keeps the origin bucket, its variants and the cache true to the originals',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: syncHandler,
      code: syncCode(),
      memorySize: 512,
      timeout: functionTimeout,
      environment,
      role: this.role,
      logGroup,
    })
  }
}

/**
 * A stack that goes empties some of its buckets. The events end before: of each removal they would
 * tell, the cache would be told, too, and AWS wants to be paid for that.
 */
function endBeforeEmptying({ node }: s3.IBucket): void {
  const emptying = node.tryFindChild('AutoDeleteObjectsCustomResource')
  if (emptying) node.findChild('Notifications').node.addDependency(emptying)
}

/** S3 refuses prefixes of which one lies within the other, and the outer one sees it all. */
function outermost(prefixes: readonly string[]): string[] {
  return prefixes.filter(
    (prefix) => !prefixes.some((other) => other !== prefix && prefix.startsWith(other)),
  )
}
