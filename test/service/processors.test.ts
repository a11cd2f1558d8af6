import t from 'tap'
import { usableMemory, usableProcessors } from '../../service/processors.ts'

const v2 = '/sys/fs/cgroup/cpu.max'
const quota = '/sys/fs/cgroup/cpu/cpu.cfs_quota_us'
const period = '/sys/fs/cgroup/cpu/cpu.cfs_period_us'

const table: [title: string, files: Record<string, string>, host: number, usable: number][] = [
  ['no control group', {}, 8, 8],
  ['version 2 without a quota', { [v2]: 'max 100000\n' }, 8, 8],
  ['version 2', { [v2]: '200000 100000\n' }, 8, 2],
  ['a part of a processor counts as one', { [v2]: '150000 100000\n' }, 8, 2],
  ['less than one processor', { [v2]: '25000 100000\n' }, 8, 1],
  ['a quota above the processors', { [v2]: '1600000 100000\n' }, 8, 8],
  ['another period', { [v2]: '100000 50000\n' }, 8, 2],
  ['version 1 without a quota', { [quota]: '-1\n', [period]: '100000\n' }, 8, 8],
  ['version 1', { [quota]: '300000\n', [period]: '100000\n' }, 8, 3],
  ['version 1 without a period', { [quota]: '300000\n' }, 8, 8],
  ['both, version 2 counts', { [v2]: '200000 100000', [quota]: '1', [period]: '1' }, 8, 2],
  [
    'version 2 without a quota beside version 1',
    { [v2]: 'max 1', [quota]: '3', [period]: '1' },
    8,
    3,
  ],
  ['nonsense', { [v2]: 'nonsense' }, 8, 8],
  ['an empty file', { [v2]: '' }, 8, 8],
  ['a period of zero', { [v2]: '100000 0' }, 8, 8],
  ['a quota of zero', { [v2]: '0 100000' }, 8, 8],
  ['one processor', {}, 1, 1],
]

for (const [title, files, host, usable] of table) {
  t.test(title, async (t) => {
    const readText = (path: string) => {
      const text = files[path]
      if (text === undefined) throw new Error('ENOENT')
      return text
    }
    t.equal(usableProcessors(readText, host), usable)
  })
}

t.test('this machine has at least one', async (t) => {
  const usable = usableProcessors()
  t.ok(Number.isInteger(usable) && usable >= 1)
})

t.test("memory is the machine's, or the container's limit where that is less", async (t) => {
  t.equal(usableMemory(0, 8), 8)
  t.equal(usableMemory(2, 8), 2)
  t.equal(usableMemory(2 ** 64, 8), 8)
  t.ok(usableMemory() > 2 ** 26)
})
