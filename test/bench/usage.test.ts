import { existsSync } from 'node:fs'
import t from 'tap'
import { watchStolen } from '../../bench/processes/usage.ts'
import { watchProcess } from '../../bench/processes/watch-process.ts'

t.test(
  'the time of a process and of its main thread',
  {
    skip: !existsSync('/proc/self/stat'),
  },
  async (t) => {
    const used = watchProcess(process.pid)
    const before = process.cpuUsage()
    const spent = () => process.cpuUsage(before).user + process.cpuUsage(before).system
    while (spent() < 200_000) Math.sqrt(Math.random())
    const { cpuSeconds = 0, threads } = used(10)
    // The kernel counts in hundredths of a second.
    t.ok(cpuSeconds >= 0.015, `${cpuSeconds} s an image`)
    t.ok((threads?.main ?? 0) >= 0.01, `of them ${threads?.main} s in the main thread`)
  },
)

t.test('nothing is told of no process', async (t) => {
  t.same(watchProcess(undefined)(1), { cpuSeconds: undefined, threads: undefined })
})

t.test(
  'the stolen share is told, but not of processors that are not there',
  {
    skip: !existsSync('/proc/stat'),
  },
  async (t) => {
    const stolen = watchStolen(undefined)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const share = stolen() ?? Number.NaN
    t.ok(share >= 0, `${share}`)
    t.equal(watchStolen('9999')(), undefined)
  },
)
