import fc from 'fast-check'
import t from 'tap'
import { createAdmission } from '../../service/admission.ts'
import { RightsizeError } from '../../service/errors.ts'
import { settle } from '../helper.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const forever = new AbortController().signal
const limits = { concurrency: 1, processors: 2, queueLimit: 2, memoryBudget: 400 }

t.test('has twice the seats of the slots and two more, and then a queue', async (t) => {
  const admission = createAdmission(limits)
  for (let i = 0; i < 4; i++) await admission.seat(forever)
  t.equal(admission.load.waiting, 0)
  const waiting = [admission.seat(forever), admission.seat(forever)]
  t.equal(admission.load.waiting, 2)
  t.equal(waiting.length, 2)
})

t.test('refuses at once who finds the queue full', async (t) => {
  const admission = createAdmission(limits)
  const seats = await Promise.all(Array.from({ length: 4 }, () => admission.seat(forever)))
  const waiting = [admission.seat(forever), admission.seat(forever)]
  let refusal: unknown
  admission.seat(forever).catch((error: unknown) => {
    refusal = error
  })
  await Promise.resolve()
  await Promise.resolve()
  t.match(refusal, { code: 'overloaded', status: 503 })
  seats[0]?.()
  ;(await waiting[0])?.()
  await waiting[1]
  t.equal(admission.load.waiting, 0)
})

t.test('a queue of none refuses only when the seats are taken', async (t) => {
  const admission = createAdmission({ ...limits, queueLimit: 0 })
  for (let i = 0; i < 4; i++) await admission.seat(forever)
  await t.rejects(admission.seat(forever), { code: 'overloaded' })
})

t.test('who gives up leaves room in the queue', async (t) => {
  const admission = createAdmission({ ...limits, queueLimit: 1 })
  for (let i = 0; i < 4; i++) await admission.seat(forever)
  const controller = new AbortController()
  const waiting = admission.seat(controller.signal)
  await t.rejects(admission.seat(forever), { code: 'overloaded' })
  controller.abort(new RightsizeError('deadline'))
  await t.rejects(waiting, { code: 'deadline' })
  t.equal(admission.load.waiting, 0)
  admission.seat(forever).catch(() => t.fail('there was room'))
  t.equal(admission.load.waiting, 1)
})

t.test('a quarter of the memory is for originals, the rest for decoders', async (t) => {
  const admission = createAdmission({ ...limits, concurrency: 4 })
  await admission.originals.take(100, forever)
  t.ok(admission.originals.full)
  await admission.decode(300, forever)
  t.equal(admission.load.reservedBytes, 400)
  t.equal(admission.load.decoding, 1)
  let admitted = false
  void admission.decode(1, forever).then(() => {
    admitted = true
  })
  await turn()
  t.notOk(admitted, 'there is a slot, but no memory')
  t.equal(admission.load.decoding, 1)
})

t.test('waits for memory before it takes a slot', async (t) => {
  const admission = createAdmission({ ...limits, concurrency: 2 })
  const large = await admission.decode(300, forever)
  const second = admission.decode(200, forever)
  await turn()
  t.equal(admission.load.decoding, 1, 'the other slot is free for one who fits')
  large()
  ;(await second)()
  t.strictSame([admission.load.decoding, admission.load.reservedBytes], [0, 0])
})

t.test('takes half as much again as the memory for one image, and no more', async (t) => {
  const admission = createAdmission(limits)
  ;(await admission.decode(600, forever))()
  await t.rejects(admission.decode(600.5 * 1024 * 1024, forever), {
    code: 'too_much_memory',
    message: 'Resizing the original would take 601 MiB; at most 0 MiB are allowed.',
  })
  await t.rejects(admission.decode(601, forever), { code: 'too_much_memory' })
  t.strictSame([admission.load.decoding, admission.load.reservedBytes], [0, 0])
})

t.test('one processor makes short ones one behind the other', async (t) => {
  const admission = createAdmission({ ...limits, concurrency: 4, processors: 1 })
  const first = await admission.decode(1, forever)
  const second = admission.decode(1, forever)
  await settle()
  t.equal(admission.load.decoding, 1)
  first()
  ;(await second)()
  t.equal(admission.load.decoding, 0)
})

t.test('gives the memory back when the wait for a slot is ended', async (t) => {
  const admission = createAdmission(limits)
  const release = await admission.decode(100, forever)
  const controller = new AbortController()
  const waiting = admission.decode(100, controller.signal)
  await turn()
  t.equal(admission.load.reservedBytes, 200)
  controller.abort(new RightsizeError('client_closed_request'))
  await t.rejects(waiting, { code: 'client_closed_request' })
  t.equal(admission.load.reservedBytes, 100)
  release()
  t.equal(admission.load.reservedBytes, 0)
})

t.test('who is done waits for those who stand ready for a slot', async (t) => {
  const admission = createAdmission(limits)
  const first = await admission.decode(1, forever)
  const second = admission.decode(1, forever)
  await turn()
  const third = admission.decode(1, forever)
  await turn()
  let gone = 0
  const join = () =>
    admission.batch().then(() => {
      gone++
    })
  first()
  const early = join()
  await settle()
  t.equal(gone, 0, 'the third is still to come')
  ;(await second)()
  const last = join()
  await settle()
  t.equal(gone, 2)
  await Promise.all([early, last])
  ;(await third)()
})

const request = fc.record({
  original: fc.integer({ min: 0, max: 300 }),
  decode: fc.double({ min: 0, max: 900, noNaN: true }),
  patience: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
  pauses: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)),
})

t.test('every request comes to an end, and nothing stays taken', async () => {
  const config = fc.record({
    concurrency: fc.integer({ min: 1, max: 3 }),
    processors: fc.integer({ min: 1, max: 2 }),
    queueLimit: fc.constant(1_000),
    memoryBudget: fc.integer({ min: 4, max: 500 }),
  })
  await fc.assert(
    fc.asyncProperty(config, fc.array(request, { maxLength: 25 }), async (config, requests) => {
      const admission = createAdmission(config)
      let open = requests.length
      let tooMany = false
      const serve = async ({ original, decode, patience, pauses }: (typeof requests)[number]) => {
        const controller = new AbortController()
        const pause = async (turns: number) => {
          for (let i = 0; i < turns; i++) await turn()
        }
        if (patience !== undefined) {
          void pause(patience).then(() => controller.abort(new RightsizeError('deadline')))
        }
        const releases = [await admission.seat(controller.signal)]
        try {
          await pause(pauses[0])
          releases.push(await admission.originals.take(original, controller.signal))
          await pause(pauses[1])
          releases.push(await admission.decode(decode, controller.signal))
          tooMany ||= admission.load.decoding > config.concurrency
          tooMany ||= admission.load.reservedBytes > config.memoryBudget
          await pause(pauses[2])
        } finally {
          for (const release of releases) release()
        }
      }
      for (const request of requests) {
        serve(request)
          .catch(() => {})
          .finally(() => open--)
      }
      for (let i = 0; open > 0 && i < 2_000; i++) await turn()
      const { waiting, decoding, reservedBytes } = admission.load
      return open === 0 && !tooMany && waiting + decoding + reservedBytes === 0
    }),
    { numRuns: 100 },
  )
})
