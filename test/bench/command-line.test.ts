import t from 'tap'
import { parseCommandLine } from '../../bench/command-line.ts'

t.test('without arguments everything but the profile is measured', async (t) => {
  const options = parseCommandLine([])
  t.ok(options.scenarios.includes('saturation'))
  t.notOk(options.scenarios.includes('profile'))
  const { scenarios: _, ...others } = options
  t.strictSame(others, { seconds: 5, overloadSeconds: 60, rounds: 5, maxStolen: 1, peers: [] })
})

t.test('scenarios, times and peers are chosen', async (t) => {
  const args = ['memory', 'peers', '--seconds', '2.5', '--rounds', '3', '--max-stolen', '2']
  const peers = ['--peer', 'a=http://x/{file}', '--peer', 'b=http://y/?a={n}']
  t.match(parseCommandLine([...args, ...peers]), {
    scenarios: ['memory', 'peers'],
    seconds: 2.5,
    rounds: 3,
    maxStolen: 0.02,
    peers: [
      { name: 'a', url: 'http://x/{file}' },
      { name: 'b', url: 'http://y/?a={n}' },
    ],
  })
})

t.test('what makes no sense is refused with its name', async (t) => {
  t.throws(() => parseCommandLine(['speed']), /"speed"/)
  t.throws(() => parseCommandLine(['--seconds', '-1']), /--seconds/)
  t.throws(() => parseCommandLine(['--rounds', 'many']), /--rounds/)
  t.throws(() => parseCommandLine(['--max-stolen', '2%']), /--max-stolen/)
  t.throws(() => parseCommandLine(['--peer', 'nothing']), /--peer/)
  t.throws(() => parseCommandLine(['--fast']), /--fast/)
})
