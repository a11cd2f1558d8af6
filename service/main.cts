/*
 * What the service's process begins with. libuv's pool must have a thread for every resize at once,
 * two for each processor, and a few for name look-ups. Node reads the variable when the pool is
 * first used, which loading an ECMAScript module already does before Node 22: hence CommonJS. A
 * quota of processor time is not looked at, since idle threads do no harm; a value given from
 * outside stands, unless it is empty, as a compose file may have it, which would be one thread.
 */
const { availableParallelism } = require('node:os') as typeof import('node:os')

process.env.UV_THREADPOOL_SIZE ||= String(
  Math.max(Number(process.env.CONCURRENCY) || 0, 2 * availableParallelism()) + 4,
)
void import('./server.ts')
