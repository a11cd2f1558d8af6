import t from 'tap'
import { pipelineVersion } from '../../service/provenance.ts'
import {
  type ObjectAttributes,
  type ObjectHead,
  StoreError,
  type WriteCondition,
} from '../../service/store.ts'
import { writeBack } from '../../service/write-back.ts'

const variant = {
  key: 'img/1x1/x.png',
  original: 'img/x.png',
  sourceEtag: '"new"',
  body: Buffer.from('bytes'),
  contentType: 'image/png',
}
const attributes = { cacheControl: 'max-age=1', metadata: { 'cache-tag': 'tag' } }

const head = (etag: string, metadata: Record<string, string> = {}): ObjectHead => {
  return { etag, bytes: 5, contentType: 'image/png', cacheControl: 'max-age=1', metadata }
}

/** A store of heads that keeps what was asked of it; `between` runs before every call. */
function fakeStore(objects: Record<string, ObjectHead>, between = (_call: string) => {}) {
  const puts: { attributes: ObjectAttributes; condition: WriteCondition | undefined }[] = []
  const removals: (string | undefined)[] = []
  const must = (holds: boolean) => {
    if (!holds) throw new StoreError('condition', 'the condition does not hold')
  }
  return {
    objects,
    puts,
    removals,
    head: async (key: string) => {
      between(`head ${key}`)
      return objects[key]
    },
    put: async (
      key: string,
      _body: Buffer,
      attributes: ObjectAttributes,
      condition?: WriteCondition,
    ) => {
      between(`put ${key}`)
      puts.push({ attributes, condition })
      if (condition && 'ifAbsent' in condition) must(!objects[key])
      if (condition && 'ifMatch' in condition) must(objects[key]?.etag === condition.ifMatch)
      objects[key] = head('"written"', { ...attributes.metadata })
      return { etag: '"written"' }
    },
    remove: async (key: string, { ifMatch }: { ifMatch?: string } = {}) => {
      between(`remove ${key}`)
      removals.push(ifMatch)
      must(ifMatch === undefined || objects[key]?.etag === ifMatch)
      delete objects[key]
    },
  }
}

const provenance = { 'cache-tag': 'tag', 'source-etag': '"new"', pipeline: pipelineVersion }

t.test('writes where nothing is, with its provenance', async (t) => {
  const store = fakeStore({ 'img/x.png': head('"new"') })
  t.equal(await writeBack(store, variant, attributes), 'written')
  t.strictSame(store.puts, [
    {
      attributes: { contentType: 'image/png', cacheControl: 'max-age=1', metadata: provenance },
      condition: { ifAbsent: true },
    },
  ])
})

t.test('does not take a variant without its tag for the same', async (t) => {
  const { 'cache-tag': _, ...untagged } = provenance
  for (const there of [untagged, { ...untagged, 'cache-tag': 'another' }]) {
    const store = fakeStore({ 'img/x.png': head('"new"'), [variant.key]: head('"there"', there) })
    t.equal(await writeBack(store, variant, attributes), 'written')
    t.strictSame(store.objects[variant.key]?.metadata, { ...provenance, replaces: '"there"' })
  }
})

t.test('takes a variant with a tag for the same where tags are off', async (t) => {
  const store = fakeStore({
    'img/x.png': head('"new"'),
    [variant.key]: head('"there"', provenance),
  })
  t.equal(await writeBack(store, variant, { ...attributes, metadata: {} }), 'present')
})

t.test('leaves the same variant in peace', async (t) => {
  const store = fakeStore({
    'img/x.png': head('"new"'),
    [variant.key]: head('"there"', provenance),
  })
  t.equal(await writeBack(store, variant, attributes), 'present')
  t.equal(store.objects[variant.key]?.etag, '"there"')
})

t.test('replaces an older one, and says so for the cache', async (t) => {
  const older = head('"older"', { ...provenance, 'source-etag': '"old"' })
  const store = fakeStore({ 'img/x.png': head('"new"'), [variant.key]: older })
  t.equal(await writeBack(store, variant, attributes), 'written')
  t.strictSame(store.puts[1]?.condition, { ifMatch: '"older"' })
  t.strictSame(store.objects[variant.key]?.metadata, { ...provenance, replaces: '"older"' })
})

t.test('replaces one of another pipeline', async (t) => {
  const other = head('"other"', { ...provenance, pipeline: 'another' })
  const store = fakeStore({ 'img/x.png': head('"new"'), [variant.key]: other })
  t.equal(await writeBack(store, variant, attributes), 'written')
})

t.test('does not replace a newer one', async (t) => {
  const newer = head('"newer"', { ...provenance, 'source-etag': '"newest"' })
  const store = fakeStore({ 'img/x.png': head('"newest"'), [variant.key]: newer })
  t.equal(await writeBack(store, variant, attributes), 'superseded')
  t.equal(store.objects[variant.key]?.etag, '"newer"')
})

t.test('takes it back when the original changed or went meanwhile', async (t) => {
  for (const now of [head('"newest"'), undefined]) {
    const store = fakeStore({ 'img/x.png': head('"new"') }, (call) => {
      if (call !== 'head img/x.png') return
      if (now) store.objects['img/x.png'] = now
      else delete store.objects['img/x.png']
    })
    t.equal(await writeBack(store, variant, attributes), 'superseded')
    t.strictSame(store.removals, ['"written"'])
    t.notOk(store.objects[variant.key])
  }
})

t.test('takes back only its own', async (t) => {
  const store = fakeStore({ 'img/x.png': head('"newest"') }, (call) => {
    if (call.startsWith('remove')) store.objects[variant.key] = head('"better"')
  })
  t.equal(await writeBack(store, variant, attributes), 'superseded')
  t.equal(store.objects[variant.key]?.etag, '"better"')
})

t.test('a repetition takes back what its first attempt left, too', async (t) => {
  const throttled = { name: 'StoreError', failure: 'throttled' }
  let failing = true
  const store = fakeStore({ 'img/x.png': head('"new"') }, (call) => {
    if (call !== 'head img/x.png') return
    store.objects['img/x.png'] = head('"newest"')
    if (failing) throw new StoreError('throttled', 'once')
  })
  await t.rejects(writeBack(store, variant, attributes), throttled)
  t.ok(store.objects[variant.key])
  failing = false
  t.equal(await writeBack(store, variant, attributes), 'superseded')
  t.notOk(store.objects[variant.key])
})

t.test('a removal that S3 refused for another call under way may be repeated', async (t) => {
  let conflicts = 1
  const store = fakeStore({ 'img/x.png': head('"newest"') }, (call) => {
    if (!call.startsWith('remove') || conflicts-- === 0) return
    throw new StoreError('condition', 'S3: ConditionalRequestConflict')
  })
  await t.rejects(writeBack(store, variant, attributes), { name: 'StoreError', failure: 'failed' })
  t.equal(await writeBack(store, variant, attributes), 'superseded')
  t.notOk(store.objects[variant.key])
})

t.test('gives up where others are always faster', async (t) => {
  let count = 0
  const store = fakeStore({ 'img/x.png': head('"new"') }, (call) => {
    if (call.startsWith('put')) store.objects[variant.key] = head(`"other ${++count}"`)
  })
  t.equal(await writeBack(store, variant, attributes), 'superseded')
  t.equal(count, 3)
})

t.test('passes on what the store fails with', async (t) => {
  const store = fakeStore({}, () => {
    throw new StoreError('throttled', 'slow down')
  })
  const failed = await writeBack(store, variant, attributes).catch((error) => error)
  t.match(failed, { failure: 'throttled' })
})
