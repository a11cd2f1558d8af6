import { spawnSync } from 'node:child_process'

/**
 * What the image of the service sets for the process: the `ENV` of the Dockerfile's last stage, to
 * which a test holds it.
 */
export const imageEnvironment = {
  NODE_ENV: 'production',
  NODE_OPTIONS: '--max-semi-space-size=4',
  LD_PRELOAD: 'libjemalloc.so.2',
  MALLOC_CONF: 'narenas:2,background_thread:true,dirty_decay_ms:60000',
} as const

const { NODE_ENV, NODE_OPTIONS, ...jemalloc } = imageEnvironment

/** Whether the loader finds the image's malloc on this machine: it complains where it does not. */
const hasJemalloc =
  process.platform === 'linux' &&
  spawnSync('true', { env: { PATH: process.env.PATH, ...jemalloc } }).stderr?.length === 0

/** The malloc of what is measured, in words. */
export const mallocName = hasJemalloc
  ? 'jemalloc, as in the image'
  : 'that of the system; the image has jemalloc (Debian: libjemalloc2)'

/** The image's malloc; where the machine has none, glibc's with as many arenas. */
const malloc: Readonly<Record<string, string>> = hasJemalloc ? jemalloc : { MALLOC_ARENA_MAX: '2' }

/** What the service is measured with: the image's environment, as far as this machine has it. */
export const serviceEnvironment = { NODE_ENV, NODE_OPTIONS, ...malloc }

/** The part of it that others are given too; their heap is left as V8 likes it. */
export const fairEnvironment = { NODE_ENV, ...malloc }
