/**
 * Processes of the service and of raw sharp that share the rounds, one pair behind the other: each
 * lies in memory in its own way, which makes it a hundredth or two faster or slower for life.
 */
const mostProcesses = 4

/** How many of `rounds` each pair of processes has, as equal as can be and at least one. */
export function roundsByProcess(rounds: number): number[] {
  const count = Math.min(mostProcesses, rounds)
  return Array.from({ length: count }, (_, at) => Math.floor((rounds + at) / count))
}

/** How far `count` pairs of processes differ, told of each; nothing of a single one. */
export function processNotes(count: number, differences: string): string[] {
  if (count === 1) return []
  return [`${count} processes of each, one pair behind the other; ${differences}.`]
}
