import type { Arena } from './arena.ts'
import { variantOf, type Workload } from './workloads.ts'

/**
 * Says how many images were answered, made and written back, and how often the store was called.
 * @throws when the store does not have exactly the images that were made and answered
 */
export async function verifyWriteBacks(arena: Arena, workload: Workload): Promise<string> {
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
  const counted = Object.entries(calls).map(([method, count]) => `${count} ${method}`)
  return `${answered} images were answered, made, written back and found in the store; its calls: ${counted.join(', ')}.`
}
