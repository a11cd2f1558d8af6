import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Admission } from './admission.ts'
import type { Background } from './background.ts'
import type { Invalidations } from './invalidations.ts'
import type { Made } from './make-variant.ts'

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25]

/** The metrics of one service, in a registry of its own. */
export type Metrics = ReturnType<typeof createMetrics>

/** Counters and histograms; `addGauges` adds what is read off when someone asks. */
export function createMetrics() {
  const registers = [new Registry()]
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter({ name: `rightsize_${name}`, help, labelNames, registers })
  const histogram = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Histogram({ name: `rightsize_${name}`, help, labelNames, buckets: seconds, registers })

  return {
    registry: registers[0] as Registry,
    requests: counter('requests_total', 'Requests for images by status.', ['status']),
    requestSeconds: histogram('request_seconds', 'Time from request to answer.'),
    rejected: counter('rejected_total', 'Requests refused for overload.'),
    stageSeconds: histogram('stage_seconds', 'Time of an image in each stage.', ['stage']),
    answers: counter('answers_total', 'Images answered by where they came from.', ['source']),
    originalBytes: counter('original_bytes_total', 'Bytes of originals read.'),
    variantBytes: counter('variant_bytes_total', 'Bytes of variants made.'),
    writeBacks: counter('write_backs_total', 'Write-backs by outcome.', ['outcome']),
    invalidations: counter('invalidations_total', 'Invalidated paths by outcome.', ['outcome']),
    /** The latest resize times in seconds, for those who take a sample and empty it. */
    resizeSamples: [] as number[],
    stuck: counter('stuck_total', 'Resizes that were given up because they did not end.'),
  }
}

/** Adds the gauges of what the service consists of. */
export function addGauges(
  { registry }: Metrics,
  parts: { admission: Admission; background: Background; invalidations: Invalidations | undefined },
): void {
  const gauge = (name: string, help: string, read: () => number) => {
    const added: Gauge = new Gauge({
      name: `rightsize_${name}`,
      help,
      registers: [registry],
      collect: () => added.set(read()),
    })
  }
  const { load } = parts.admission
  gauge('queue_length', 'Requests that wait for their turn.', () => load.waiting)
  gauge('decoding', 'Images that are decoded, resized or encoded.', () => load.decoding)
  gauge('reserved_bytes', 'Bytes reserved for originals and decoders.', () => load.reservedBytes)
  gauge('background_tasks', 'Write-backs under way.', () => parts.background.size)
  gauge('invalidations_pending', 'Paths to invalidate.', () => parts.invalidations?.pending ?? 0)
  gauge('resident_memory_bytes', 'Resident set of the process.', () => process.memoryUsage.rss())
}

const maxSamples = 100

/** Counts one variant that was made, whether or not somebody still waits for it. */
export function observeMade(metrics: Metrics, { stages, bytesIn, body }: Made): void {
  metrics.originalBytes.inc(bytesIn)
  metrics.variantBytes.inc(body.length)
  for (const [stage, ms] of Object.entries(stages)) {
    metrics.stageSeconds.observe({ stage }, ms / 1000)
  }
  if (stages.resize === undefined) return
  metrics.resizeSamples.push(stages.resize / 1000)
  if (metrics.resizeSamples.length > maxSamples) metrics.resizeSamples.shift()
}
