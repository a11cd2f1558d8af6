import type { Bench } from '../bench.ts'
import { type Contender, measureRounds, type Outcome, outcomesOf, type Rounds } from '../compare.ts'
import { type Arena, countedProcessors, inArena, longQueue } from './arena.ts'
import type { BestInFlight } from './best-in-flight.ts'
import { prepareContenders } from './contenders.ts'
import { outcomeColumns, outcomeRows, ratio, repeatedNotes, threadTable } from './outcome-table.ts'
import { processNotes, roundsByProcess } from './processes.ts'
import { verifyWriteBacks, type WriteBacks, writeBackNote } from './verify.ts'
import { type Workload, workloads } from './workloads.ts'

const connections = [8, 32, 128]

/** Raw sharp is measured with as many at once, too, as the fewest who ask the service. */
const fewest = Math.min(...connections)

/** What a process of the service and one of raw sharp came to. */
interface Part {
  contenders: readonly Pick<Contender, 'name' | 'connections'>[]
  bestInFlight: BestInFlight
  rounds: Rounds
  writeBacks: WriteBacks
}

/**
 * New images as fast as they can be made: the share of raw sharp's images per second that reaches
 * the viewer, with the reading of the original and the write-back, and what an image costs.
 */
export async function saturation(bench: Bench): Promise<void> {
  const shares: (number | undefined)[][] = []
  for (const workload of workloads) {
    const { best, servers } = told(await measureWorkload(bench, workload))
    shares.push(servers.map(({ perSecond }) => perSecond / best.perSecond))
  }
  await bench.chart('saturation', {
    title: 'New images per second, as a share of raw sharp in the same run',
    unit: 'share of raw sharp',
    labels: connections.map((count) => `${count} connections`),
    series: workloads.map(({ title }, at) => ({ name: title, values: shares[at] ?? [] })),
    mark: { name: 'goal 0.95', value: 0.95 },
  })
}

async function measureWorkload(bench: Bench, workload: Workload): Promise<Outcome[]> {
  const parts: Part[] = []
  for (const rounds of roundsByProcess(bench.options.rounds)) {
    const known = parts[0]?.bestInFlight
    const part = await inArena(bench, workload, { env: longQueue }, (arena) =>
      measurePart(bench, workload, arena, { rounds, known }),
    )
    parts.push(part)
  }
  const { contenders } = parts[0] as Part
  const rounds = contenders.map((_, at) => parts.flatMap((part) => part.rounds[at] ?? []))
  const outcomes = outcomesOf(contenders, rounds)
  bench.table({
    title: `Saturation: ${workload.title}, ${countedProcessors(bench)}`,
    columns: outcomeColumns,
    rows: outcomeRows(outcomes),
    notes: [
      otherShares(outcomes),
      ...processNotes(parts.length, sharesOfEach(parts)),
      writeBackNote(parts.map(({ writeBacks }) => writeBacks)),
      ...repeatedNotes(outcomes, bench.options.maxStolen),
    ],
  })
  bench.table(threadTable(`Processor time by thread, ms an image: ${workload.title}`, outcomes))
  return outcomes
}

async function measurePart(
  bench: Bench,
  workload: Workload,
  arena: Arena,
  { rounds, known }: { rounds: number; known: BestInFlight | undefined },
): Promise<Part> {
  const { best, bestInFlight, raw, servers } = await prepareContenders(bench, workload, arena, {
    targets: [arena.target],
    connections,
    known,
  })
  const copying = raw(bestInFlight.inFlight, { copying: true })
  const contenders = [best, raw(fewest), copying, ...servers]
  return {
    contenders,
    bestInFlight,
    rounds: await measureRounds(bench, workload.title, contenders, rounds),
    writeBacks: await verifyWriteBacks(arena, workload),
  }
}

/** The outcomes of a table by whose they are. */
function told([best, abreast, copying, ...servers]: readonly Outcome[]) {
  return {
    best: best as Outcome,
    abreast: abreast as Outcome,
    copying: copying as Outcome,
    servers,
  }
}

/** The service's shares of what raw sharp makes in its other two ways, in words. */
function otherShares(outcomes: readonly Outcome[]): string {
  const { abreast, copying, servers } = told(outcomes)
  const sharesOf = (base: Outcome) =>
    servers
      .map(({ perSecond, connections }) => `${ratio(perSecond, base.perSecond)} at ${connections}`)
      .join(', ')
  return `Of raw sharp's images with ${fewest} at once, the service had ${sharesOf(abreast)}; of those it makes while it copies, ${sharesOf(copying)}.`
}

function sharesOfEach(parts: readonly Part[]): string {
  const shares = connections.map((count, at) => {
    const each = parts.map(({ contenders, rounds }) => {
      const { best, servers } = told(outcomesOf(contenders, rounds))
      return ratio(servers[at]?.perSecond, best.perSecond)
    })
    return `${each.join(', ')} at ${count}`
  })
  return `those of the service had of raw sharp's images: ${shares.join('; ')}`
}
