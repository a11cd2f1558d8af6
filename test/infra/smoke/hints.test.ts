import t from 'tap'
import { NoAnswer } from '../../../infra/smoke/exchange.ts'
import { explainSilence } from '../../../infra/smoke/hints.ts'

t.test('a silent API is told from a silent CDN on a port that begins alike', async (t) => {
  const base = 'http://localhost:808'
  const silence = (url: string) => explainSilence(new NoAnswer(url, new Error('none')), { base })
  t.match(silence('http://localhost:808/img/100x100/x.png'), /is it started/)
  t.match(silence('http://localhost:8081/prod?key=img/100x100/x.png'), /The redirect leads where/)
})
