import type { Metrics } from './metrics.ts'

/** CloudWatch takes at most 100 values of a metric in one document. */
const maxValues = 100

/** What is told, by the name under which CloudWatch has it. */
export type EmfMetric =
  | 'Requests'
  | 'Errors5xx'
  | 'Rejected'
  | 'ResizeSeconds'
  | 'QueueLength'
  | 'WriteBackFailures'
  | 'InvalidationFailures'
  | 'InvalidationsDropped'

type Values = Partial<Record<EmfMetric, number | number[]>>

/** What is told each time: the change of counters since the last time, or the present of gauges. */
interface Reading {
  requests: number
  errors5xx: number
  rejected: number
  writeBackFailures: number
  invalidationFailures: number
  invalidationsDropped: number
}

/**
 * Tells the metrics as CloudWatch's embedded metric format: one JSON document a period, with the
 * namespace `rightsize` and the dimension `Service`. ResizeSeconds is a sample of the period.
 * @param write takes one line without its end
 * @param now milliseconds since the epoch
 */
export function createEmf(
  metrics: Metrics,
  write: (line: string) => void,
  now: () => number = Date.now,
): { tell(): Promise<void> } {
  let last: Reading | undefined

  return {
    tell: async () => {
      const reading = await read(metrics)
      const since = (field: keyof Reading) => reading[field] - (last?.[field] ?? 0)
      const values: Values = {
        Requests: since('requests'),
        Errors5xx: since('errors5xx'),
        Rejected: since('rejected'),
        WriteBackFailures: since('writeBackFailures'),
        InvalidationFailures: since('invalidationFailures'),
        InvalidationsDropped: since('invalidationsDropped'),
        QueueLength: await total(metrics, 'rightsize_queue_length'),
        ...resizeSeconds(metrics),
      }
      last = reading
      write(document(values, now()))
    },
  }
}

function resizeSeconds(metrics: Metrics): Values {
  const samples = metrics.resizeSamples.splice(0).slice(-maxValues)
  return samples.length > 0 ? { ResizeSeconds: samples } : {}
}

function document(values: Values, timestamp: number): string {
  const units = Object.keys(values).map((name) => ({
    Name: name,
    Unit: name === 'ResizeSeconds' ? 'Seconds' : 'Count',
  }))
  const directive = { Namespace: 'rightsize', Dimensions: [['Service']], Metrics: units }
  return JSON.stringify({
    _aws: { Timestamp: timestamp, CloudWatchMetrics: [directive] },
    Service: 'rightsize',
    ...values,
  })
}

async function read(metrics: Metrics): Promise<Reading> {
  const failed = (labels: Labels) => labels.outcome === 'failed'
  const lost = (labels: Labels) => failed(labels) || labels.outcome === 'dropped'
  return {
    requests: await total(metrics, 'rightsize_requests_total'),
    errors5xx: await total(
      metrics,
      'rightsize_requests_total',
      ({ status }) => Number(status) >= 500,
    ),
    rejected: await total(metrics, 'rightsize_rejected_total'),
    writeBackFailures: await total(metrics, 'rightsize_write_backs_total', lost),
    invalidationFailures: await total(metrics, 'rightsize_invalidations_total', failed),
    invalidationsDropped: await total(
      metrics,
      'rightsize_invalidations_total',
      ({ outcome }) => outcome === 'dropped',
    ),
  }
}

type Labels = Partial<Record<string, string | number>>

async function total(
  metrics: Metrics,
  name: string,
  counts: (labels: Labels) => boolean = () => true,
): Promise<number> {
  const metric = await metrics.registry.getSingleMetric(name)?.get()
  const values = metric?.values ?? []
  return values.reduce((sum, { labels, value }) => (counts(labels) ? sum + value : sum), 0)
}
