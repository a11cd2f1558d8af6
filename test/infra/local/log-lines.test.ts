import pino from 'pino'
import t from 'tap'
import { createLogLines } from '../../../infra/local/log-lines.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a terminal
const colours = /\x1b\[[\d;]*m/g

function terminal() {
  let text = ''
  const lines = createLogLines({
    write: (chunk: string) => {
      text += chunk
      return true
    },
  })
  return { lines, shown: () => text.replaceAll(colours, '').replaceAll(/^\d\d(:\d\d){2} /gm, 'T ') }
}

t.test('lines wait for what is to stand first, but for warnings and what is no log', (t) => {
  const { lines, shown } = terminal()
  const logger = pino({ name: 'laptop' }, lines)
  logger.info({ key: 'img/x.png', outcome: 'copied' }, 'mirrored')
  t.equal(shown(), '')
  logger.warn({ port: 1 }, 'careful')
  lines.write('Error: no\n    at once\n')
  t.equal(shown(), 'T  careful  port=1\nError: no\n    at once\n')
  lines.open('TABLE\n')
  logger.info('more')
  t.match(shown(), /TABLE\nT {2}mirrored {2}img\/x\.png {2}outcome=copied\nT {2}more\n$/)
  t.end()
})

t.test('details are short, and a line may come in pieces', (t) => {
  const { lines, shown } = terminal()
  lines.open('')
  const logger = pino(lines)
  logger.error({ err: new Error('went wrong'), reqId: 'r', stages: { read: 1.5 } }, 'refused')
  logger.info({ key: 'img/a b.png', said: 'two words' }, 'answered')
  lines.write('{"level":30,"time":0,')
  lines.write('"msg":"in pieces"}\n{broken\n')
  t.equal(
    shown(),
    'T  refused  err="went wrong" stages={"read":1.5}\n' +
      'T  answered  img/a b.png  said="two words"\n' +
      'T  in pieces\n{broken\n',
  )
  t.end()
})
