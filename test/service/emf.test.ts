import t from 'tap'
import { createEmf } from '../../service/emf.ts'
import { addGauges, createMetrics } from '../../service/metrics.ts'

function setUp() {
  const metrics = createMetrics()
  const load = { waiting: 3, decoding: 0, reservedBytes: 0 }
  addGauges(metrics, {
    admission: { load } as Parameters<typeof addGauges>[1]['admission'],
    background: { size: 0, track: () => {}, idle: async () => {} },
    invalidations: undefined,
  })
  const lines: string[] = []
  const emf = createEmf(
    metrics,
    (line) => lines.push(line),
    () => 1_700_000_000_000,
  )
  const tell = async () => {
    await emf.tell()
    return JSON.parse(lines.at(-1) as string) as Record<string, unknown>
  }
  return { metrics, lines, tell }
}

t.test('one line names every value, its namespace and its dimension', async (t) => {
  const { metrics, lines, tell } = setUp()
  metrics.resizeSamples.push(0.03)
  const { _aws, Service, ...values } = await tell()
  t.equal(lines.length, 1)
  t.notMatch(lines[0], '\n')
  t.equal(Service, 'rightsize')
  t.match(_aws, {
    Timestamp: 1_700_000_000_000,
    CloudWatchMetrics: [{ Namespace: 'rightsize', Dimensions: [['Service']] }],
  })
  const [{ Metrics }] = (_aws as { CloudWatchMetrics: [{ Metrics: { Name: string }[] }] })
    .CloudWatchMetrics
  t.same(Metrics.map(({ Name }) => Name).sort(), Object.keys(values).sort())
  t.equal(values.QueueLength, 3)
})

t.test('counters tell what came since the last time', async (t) => {
  const { metrics, tell } = setUp()
  metrics.requests.inc({ status: 200 }, 5)
  metrics.requests.inc({ status: 404 })
  metrics.requests.inc({ status: 502 })
  metrics.rejected.inc()
  for (const outcome of ['written', 'failed', 'dropped']) metrics.writeBacks.inc({ outcome })
  metrics.invalidations.inc({ outcome: 'failed' })
  metrics.invalidations.inc({ outcome: 'dropped' }, 2)
  metrics.invalidations.inc({ outcome: 'sent' }, 9)
  t.match(await tell(), {
    Requests: 7,
    Errors5xx: 1,
    Rejected: 1,
    WriteBackFailures: 2,
    InvalidationFailures: 1,
    InvalidationsDropped: 2,
  })
  metrics.requests.inc({ status: 503 })
  t.match(await tell(), { Requests: 1, Errors5xx: 1, Rejected: 0, WriteBackFailures: 0 })
})

t.test('a sample of at most 100 resizes is told once', async (t) => {
  const { metrics, tell } = setUp()
  metrics.resizeSamples.push(...Array.from({ length: 150 }, (_, i) => i))
  t.equal(((await tell()).ResizeSeconds as number[]).length, 100)
  t.notOk('ResizeSeconds' in (await tell()))
})
