import type { StoreCalls } from '../processes/store.ts'
import type { Arena } from './arena.ts'
import { variantOf, type Workload } from './workloads.ts'

/** What became of the images of an arena. */
export interface WriteBacks {
  images: number
  /** The calls that its store answered, by method. */
  calls: StoreCalls
}

/**
 * Counts the images answered, made and written back, and the calls of the store.
 * @throws when the store does not have exactly the images that were made and answered
 */
export async function verifyWriteBacks(arena: Arena, workload: Workload): Promise<WriteBacks> {
  const { service, site } = arena
  await service.settled()
  const answered = await service.metric('rightsize_requests_total{status="200"}')
  const made = await service.metric('rightsize_answers_total{source="made"}')
  const written = await service.metric('rightsize_write_backs_total{outcome="written"}')
  const stored = await site.countVariants(variantOf(workload))
  const calls = await arena.storeCalls()
  if (answered !== made || made !== written || written !== stored) {
    throw new Error(
      `${answered} images were answered, ${made} made, ${written} written back, ${stored} are stored`,
    )
  }
  return { images: answered, calls }
}

/** Says what became of the images of all arenas together. */
export function writeBackNote(arenas: readonly WriteBacks[]): string {
  const images = arenas.reduce((sum, arena) => sum + arena.images, 0)
  const methods = [...new Set(arenas.flatMap(({ calls }) => Object.keys(calls)))]
  const counted = methods.map(
    (method) => `${arenas.reduce((sum, { calls }) => sum + (calls[method] ?? 0), 0)} ${method}`,
  )
  return `${images} images were answered, made, written back and found in the store; its calls: ${counted.join(', ')}.`
}
