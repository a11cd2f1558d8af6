/*
 * What the service's process begins with.
 *
 * libuv's pool must have a thread for every resize at once, two for each processor and two more, and
 * a few for name look-ups. Node reads the variable when the pool is first used, which loading an ECMAScript
 * module already does before Node 22: hence CommonJS. A quota of processor time is not looked at,
 * since idle threads do no harm; a value given from outside stands, unless it is empty, as a compose
 * file may have it, which would be one thread.
 *
 * V8 lets its heap grow to three times what is in use before it looks through all of it again:
 * results count with their bytes, and within the 10 MB that it allows by itself it would do so at
 * every sixtieth of 155 kB (`npm run bench -- saturation`). NODE_OPTIONS does not take the option.
 */
const { availableParallelism } = require('node:os') as typeof import('node:os')
const { setFlagsFromString } = require('node:v8') as typeof import('node:v8')

const processors = Math.max(Number(process.env.PROCESSORS) || 0, availableParallelism())
// What is blank counts as unset, as everywhere; libuv would take it for 1, and takes 1,024 at most.
if (!process.env.UV_THREADPOOL_SIZE?.trim()) {
  const resizes = Math.max(Number(process.env.CONCURRENCY) || 0, 2 * processors + 2)
  process.env.UV_THREADPOOL_SIZE = String(Math.min(resizes + 4, 1024))
}
setFlagsFromString('--heap-growing-percent=200')
const stopEarly = () => process.exit(0)
const signals = ['SIGTERM', 'SIGINT'] as const
for (const signal of signals) process.on(signal, stopEarly)
void import('./server.ts').then(() => {
  for (const signal of signals) process.off(signal, stopEarly)
})
