import { usableProcessors } from './processors.ts'

/**
 * libuv's pool must have a thread for every resize at once, two for each processor, and a few for
 * name look-ups. Node reads the variable when the pool is first used, so this module has to be the
 * first that the process imports; a value given from outside stands.
 */
process.env.UV_THREADPOOL_SIZE ??= String(
  Math.max(Number(process.env.CONCURRENCY) || 0, 2 * usableProcessors()) + 4,
)
