import { Duration } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'

/** What the service writes into its log as CloudWatch's embedded metrics. */
export type ServiceMetric =
  | 'Requests'
  | 'Errors5xx'
  | 'Rejected'
  | 'ResizeSeconds'
  | 'QueueLength'
  | 'WriteBackFailures'
  | 'InvalidationFailures'
  | 'InvalidationsDropped'

/** One of the service's own metrics over all its tasks, by `statistic` over five minutes. */
export function serviceMetric(
  metricName: ServiceMetric,
  statistic: string = cloudwatch.Stats.SUM,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'rightsize',
    metricName,
    dimensionsMap: { Service: 'rightsize' },
    statistic,
    period: Duration.minutes(5),
  })
}
