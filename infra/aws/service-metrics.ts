import { Duration } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import type { EmfMetric } from '../../service/emf.ts'

/** One of the service's own metrics over all its tasks, by `statistic` over five minutes. */
export function serviceMetric(
  metricName: EmfMetric,
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
