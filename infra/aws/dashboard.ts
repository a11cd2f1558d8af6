import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { serviceMetric } from './service-metrics.ts'
import type { Signals } from './signals.ts'

interface DashboardProps {
  signals: Signals
  distributionId: string
}

/** The flow at a glance, in the order in which a request passes. */
export class Dashboard extends Construct {
  readonly dashboard: cloudwatch.Dashboard

  constructor(scope: Construct, id: string, { signals, distributionId }: DashboardProps) {
    super(scope, id)
    this.dashboard = new cloudwatch.Dashboard(this, 'Dashboard')
    this.dashboard.addWidgets(
      graph('CloudFront: requests', [cdnMetric(distributionId, 'Requests', 'Sum')]),
      graph('CloudFront: errors, % of requests', [
        cdnMetric(distributionId, '4xxErrorRate', 'Average'),
        cdnMetric(distributionId, '5xxErrorRate', 'Average'),
      ]),
      graph('API: requests and errors', [signals.apiRequests, signals.api4xx, signals.api5xx]),
    )
    this.dashboard.addWidgets(
      graph('API: latency, ms', [signals.latencyMedian, signals.latency95]),
      graph('Service: resize, s', [
        serviceMetric('ResizeSeconds', 'p50'),
        serviceMetric('ResizeSeconds', 'p95'),
      ]),
      graph('Service: waiting and refused', [
        serviceMetric('QueueLength', 'Maximum'),
        serviceMetric('Rejected'),
      ]),
    )
    this.dashboard.addWidgets(
      graph('Service: processor and memory, %', [signals.cpu, signals.memory]),
      graph('Service: ready tasks', [signals.healthyTasks]),
      graph('Service: failures', [
        serviceMetric('Errors5xx'),
        serviceMetric('WriteBackFailures'),
        serviceMetric('InvalidationFailures'),
        serviceMetric('InvalidationsDropped'),
      ]),
    )
    this.dashboard.addWidgets(
      graph('Sync: waiting events and their age, s', [signals.queueLength], [signals.queueAge]),
      graph('Sync: errors and dead letters', [signals.syncErrors, signals.deadLetters]),
      graph('Sync: duration, ms', [signals.syncDuration]),
    )
  }
}

function graph(
  title: string,
  left: cloudwatch.IMetric[],
  right: cloudwatch.IMetric[] = [],
): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left, right, width: 8, height: 6 })
}

/** CloudFront keeps its metrics in us-east-1, wherever the stack is. */
function cdnMetric(
  distributionId: string,
  metricName: string,
  statistic: string,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/CloudFront',
    metricName,
    dimensionsMap: { DistributionId: distributionId, Region: 'Global' },
    region: 'us-east-1',
    statistic,
  })
}
