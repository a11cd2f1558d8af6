import { cpus, loadavg, release, totalmem } from 'node:os'
import sharp from 'sharp'
import { mallocName } from './image-environment.ts'
import { tryRead } from './try-read.ts'

/** What the figures were measured on. */
export interface Machine {
  processor: string
  processors: number
  memoryBytes: number
  system: string
  /** How the kernel paces TCP, even on loopback; undefined where it does not tell. */
  congestionControl: string | undefined
  node: string
  sharp: string
  libvips: string
  /** The malloc of the service, of raw sharp and of the peers that run on Node. */
  malloc: string
  date: string
  /** Processes that wanted to run, over the minute before the measurement. */
  loadBefore: number
  /** Processors of the service and of raw sharp, and of everything else; undefined: not pinned. */
  pinned: { service: string; others: string } | undefined
}

/** Describes this machine now. */
export function describeMachine(pinned: Machine['pinned']): Machine {
  const processors = cpus()
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    processors: processors.length,
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()} ${process.arch}`,
    congestionControl: tryRead('/proc/sys/net/ipv4/tcp_congestion_control')?.trim(),
    node: process.version,
    sharp: sharp.versions.sharp ?? 'unknown',
    libvips: sharp.versions.vips,
    malloc: mallocName,
    date: new Date().toISOString(),
    loadBefore: loadavg()[0] as number,
    pinned,
  }
}

/** The machine in some lines for a person. */
export function formatMachine(machine: Machine): string {
  const { pinned } = machine
  const pins = pinned
    ? `service and raw sharp on processors ${pinned.service}, everything else on ${pinned.others}`
    : 'nothing pinned to processors: the figures of the service include those of its neighbours'
  return [
    `${machine.processor}, ${machine.processors} processors, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB, ${machine.system}, TCP ${machine.congestionControl ?? 'unknown'}`,
    `Node ${machine.node}, sharp ${machine.sharp}, libvips ${machine.libvips}, malloc: ${machine.malloc}`,
    `${machine.date}, load average before: ${machine.loadBefore.toFixed(2)}; ${pins}`,
  ].join('\n')
}

/**
 * Halves the processors that this process may run on; undefined where they cannot be chosen
 * (no Linux) or there is only one.
 */
export function splitProcessors(): Machine['pinned'] {
  const allowed = allowedProcessors()
  if (allowed.length < 2) return undefined
  const half = Math.floor(allowed.length / 2)
  return { service: allowed.slice(0, half).join(), others: allowed.slice(half).join() }
}

function allowedProcessors(): number[] {
  const status = tryRead('/proc/self/status') ?? ''
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1]
  if (!list) return []
  return list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 || 0 }, (_, at) => first + at)
  })
}
