import { Duration } from 'aws-cdk-lib'
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import type { ImageApi } from './image-api.ts'
import type { ImageService } from './image-service.ts'
import type { LoadBalancer } from './load-balancer.ts'
import type { Sync } from './sync.ts'

/** The parts of the flow that are watched. */
export interface Watched {
  api: ImageApi
  service: ImageService
  loadBalancer: LoadBalancer
  sync: Sync
}

/** The metrics that AWS itself keeps of the flow; dashboard and alarms read the same. */
export function signalsOf({ api, service, loadBalancer, sync }: Watched) {
  const period = Duration.minutes(5)
  const sum = { period, statistic: 'Sum' }
  return {
    apiRequests: api.api.metricCount({ ...sum }),
    api4xx: api.api.metricClientError({ ...sum }),
    api5xx: api.api.metricServerError({ ...sum }),
    // API Gateway counts 0 or 1 for each request: the average is the share that failed.
    api5xxShare: api.api.metricServerError({ period, statistic: 'Average' }),
    latencyMedian: api.api.metricLatency({ period, statistic: 'p50' }),
    latency95: api.api.metricLatency({ period, statistic: 'p95' }),
    cpu: service.service.metricCpuUtilization({ period }),
    memory: service.service.metricMemoryUtilization({ period, statistic: 'Maximum' }),
    // The load balancer's nodes report one by one: the maximum is 0 when none of them has a task.
    healthyTasks: loadBalancer.targets.metrics.healthyHostCount({
      period: Duration.minutes(1),
      statistic: 'Maximum',
    }),
    queueAge: sync.queue.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' }),
    queueLength: sync.queue.metricApproximateNumberOfMessagesVisible({
      period,
      statistic: 'Maximum',
    }),
    deadLetters: sync.deadLetters.metricApproximateNumberOfMessagesVisible({
      period,
      statistic: 'Maximum',
    }),
    syncErrors: sync.function.metricErrors({ ...sum }),
    syncDuration: sync.function.metricDuration({ period, statistic: 'p95' }),
  } satisfies Record<string, cloudwatch.Metric>
}

/** See `signalsOf`. */
export type Signals = ReturnType<typeof signalsOf>
