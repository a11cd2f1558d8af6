import { readFile } from 'node:fs/promises'
import t from 'tap'

// The command `tsx` kills a program that takes more than some 30 ms to notice a signal.
t.test('the programs are run by node itself, so that they end as they mean to', async (t) => {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  const { scripts } = JSON.parse(text) as { scripts: Record<string, string> }
  const programs = Object.entries(scripts).filter(([, line]) => /^(node|tsx) .*\.ts$/.test(line))
  t.ok(programs.length >= 8)
  for (const [name, line] of programs) t.match(line, /^node --import tsx [\w/]+\.ts$/, name)
})
