/** The part of a `.cpuprofile` of V8 that is read here. */
export interface CpuProfile {
  nodes: readonly {
    id: number
    callFrame: { functionName: string; url: string; lineNumber: number }
  }[]
  samples: readonly number[]
  /** Microseconds since the sample before. */
  timeDeltas: readonly number[]
}

/** What the main thread was busy with: a part of the program and its own milliseconds. */
export interface SelfTime {
  name: string
  milliseconds: number
}

/** Own time by part of the program: a package, a module of the service or of node; idle left out. */
export function selfTimeByPart(profile: CpuProfile): SelfTime[] {
  return sumBy(profile, ({ url, functionName }) => partOf(url, functionName))
}

/** Own time by function. */
export function selfTimeByFunction(profile: CpuProfile): SelfTime[] {
  return sumBy(profile, ({ url, functionName, lineNumber }) => {
    const name = functionName || 'anonymous'
    return url ? `${name} (${partOf(url, name)}:${lineNumber + 1})` : name
  })
}

function sumBy(
  { nodes, samples, timeDeltas }: CpuProfile,
  nameOf: (frame: CpuProfile['nodes'][number]['callFrame']) => string,
): SelfTime[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const sums = new Map<string, number>()
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? ''
    sums.set(name, (sums.get(name) ?? 0) + (timeDeltas[at] ?? 0) / 1000)
  }
  sums.delete('(idle)')
  const times = Array.from(sums, ([name, milliseconds]) => ({ name, milliseconds }))
  return times.toSorted((a, b) => b.milliseconds - a.milliseconds)
}

function partOf(url: string, functionName: string): string {
  const inPackage = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
  if (inPackage) return inPackage
  if (url.startsWith('node:')) return url
  return /.*\/(service\/.+)$/.exec(url)?.[1] ?? (functionName || '(program)')
}
