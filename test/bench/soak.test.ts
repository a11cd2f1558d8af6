import sharp from 'sharp'
import t from 'tap'
import { runSoak } from '../../bench/trials/run-soak.ts'
import { parseSoakArguments } from '../../bench/trials/soak-arguments.ts'
import { growth } from '../../bench/trials/soak-growth.ts'
import { remoteSubject } from '../../bench/trials/soak-subject.ts'
import { serve } from '../infra/local/http.ts'
import { closedPort } from '../infra/smoke/closed-port.ts'

t.test('without arguments 20,000 variants are asked of a service started here', async (t) => {
  t.strictSame(parseSoakArguments([], {}), {
    count: 20_000,
    inFlight: 16,
    docker: false,
    port: 3999,
    remote: undefined,
  })
})

t.test('a service that runs already is named with its bucket', async (t) => {
  const args = ['--url', 'http://localhost:3000/']
  t.match(parseSoakArguments(args, { BUCKET: ' origin ' }), {
    remote: { url: 'http://localhost:3000', bucket: 'origin' },
  })
  t.throws(() => parseSoakArguments(args, {}), /--url: .*BUCKET/)
  t.throws(() => parseSoakArguments(args, { BUCKET: ' ' }), /--url: .*BUCKET/)
})

t.test('what can be neither asked for nor measured is refused with its name', async (t) => {
  const env = { BUCKET: 'origin' }
  t.throws(() => parseSoakArguments(['--count', 'abc'], env), /--count must be a whole number/)
  t.throws(() => parseSoakArguments(['--count', '0'], env), /--count/)
  t.throws(() => parseSoakArguments(['--in-flight', '0'], env), /--in-flight/)
  t.throws(() => parseSoakArguments(['--in-flight', '1.5'], env), /--in-flight/)
  t.throws(() => parseSoakArguments(['--port', '65536'], env), /--port/)
  t.throws(() => parseSoakArguments(['--url', 'localhost:3000'], env), /--url must be an http/)
  t.throws(() => parseSoakArguments(['--url', 'http://x', '--docker'], env), /--docker/)
  t.throws(() => parseSoakArguments(['--help'], env), /--help/)
  t.throws(() => parseSoakArguments(['photo.jpg'], env), /photo\.jpg/)
})

t.test('memory grows by the highest of the last third over that of the middle one', async (t) => {
  t.equal(growth([[900], [100, 200], [150, 210]]), 1.05)
})

t.test('nothing is said of a third that was not sampled', async (t) => {
  t.equal(growth([[100], [], []]), undefined)
  t.equal(growth([[100], [], [100]]), undefined)
  t.equal(growth([[100], [100], []]), undefined)
})

t.test('as many samples as a soak of days has are no burden', async (t) => {
  const days = Array.from({ length: 500_000 }, () => 100)
  t.equal(growth([days, days, days]), 1)
})

t.test('a soak begins with a service that is there and tells its memory', async (t) => {
  const bucket = 'origin'
  const nobody = await closedPort()
  await t.rejects(remoteSubject({ url: nobody, bucket }), /no answer from http.*: ECONNREFUSED/)
  const gateway = await serve(t, (_, response) => void response.writeHead(403).end('{}'))
  await t.rejects(remoteSubject({ url: gateway.origin, bucket }), /metrics.* not .*the API/)
})

t.test('what became of a service that ended in the middle is told', async (t) => {
  const image = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
  const png = await image.png().toBuffer()
  let answered = 0
  const dying = await serve(t, (request, response) => {
    if (answered === 3) return void request.socket.destroy()
    if (request.url === '/metrics') return void response.end('rightsize_resident_memory_bytes 5\n')
    answered++
    response.end(png)
  })
  const subject = { url: dying.origin, log: [] }
  const many = { count: 5, inFlight: 1 }
  const { failures, samples, written } = await runSoak(subject, 'soak', ['a.png'], many)
  t.equal(failures.length, 2)
  for (const failure of failures) t.match(failure, /^a\.png: .*no answer/)
  t.match(samples[0], { done: 0, bytes: 5 })
  t.equal(written, undefined)
})
