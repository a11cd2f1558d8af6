/**
 * Keys, query strings and configurations as nobody means them. A few in every run of the tests,
 * a million with `npm run fuzz`, or as many as `FUZZ_RUNS` says.
 */
import fc, { type Arbitrary } from 'fast-check'
import t from 'tap'
import { readConfig } from '../../service/config.ts'
import { RightsizeError } from '../../service/errors.ts'
import { formatImageKey, formatVariant, parseImageKey, prefixOf } from '../../service/image-key.ts'
import { invalidationPath } from '../../service/invalidation-path.ts'
import { keyReadings, rawKey } from '../../service/request-key.ts'
import { SettingsError } from '../../service/settings.ts'
import { countOf } from '../count-of.ts'

const runs = countOf('FUZZ_RUNS', 20_000)
const prefixes = ['img/', 'blog/img/', 'img/blog/', 'base/img/']

/** What has ever been at the bottom of a defect in parsers of paths and queries. */
const fragments = [
  ...['/', '//', '.', '..', '/./', '/../', '\\', '\0', ' ', '\n', '\r\n', '\t'],
  ...['%', '%2', '%2e', '%2F', '%5C', '%00', '%25', '%2525', '%C3', '%C3%BC', '%ED%A0%80', '%FF'],
  ...['x', 'X', '×', '0', '00', '1', '-1', '1e3', '.5', '9'.repeat(16), '9'.repeat(400)],
  ...['+', '&', '=', 'key=', '&key=', '?', '#', ';', ',', '*', '[', ']', '{', '"', "'", '<'],
  ...['\ud800', '\udc00', '\ufeff', '\u202e', 'é', 'e\u0301', 'ß', 'İ', '١', '日本', '🦊'],
  ...['150x200', '100x100/', '150X200/', '0150x200/', 'img/', 'blog/', 'blog/img/', '__proto__'],
  ...['a'.repeat(1_013), 'ü'.repeat(600), '../'.repeat(200), '%25'.repeat(300), '+'.repeat(500)],
]

const fragment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...fragments) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
  { weight: 1, arbitrary: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) },
)

const mutation = fc.record({
  kind: fc.constantFrom('insert', 'replace', 'remove', 'repeat', 'cut', 'encode'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(8),
  text: fragment,
})

function mutate(text: string, { kind, at, length, text: other }: MutationOf): string {
  const start = Math.floor(at * text.length)
  const [before, middle, after] = [
    text.slice(0, start),
    text.slice(start, start + length),
    text.slice(start + length),
  ]
  switch (kind) {
    case 'insert':
      return before + other + middle + after
    case 'replace':
      return before + other + after
    case 'remove':
      return before + after
    case 'repeat':
      return before + middle + middle + after
    case 'cut':
      return before
    default:
      return before + encodeURIComponent(middle.toWellFormed()) + after
  }
}

type MutationOf = typeof mutation extends Arbitrary<infer M> ? M : never

/** What `valid` makes, mostly changed here and there, sometimes not at all. */
function mutated(valid: Arbitrary<string>): Arbitrary<string> {
  return fc
    .tuple(valid, fc.array(mutation, { maxLength: 4 }))
    .map(([text, mutations]) => mutations.reduce(mutate, text))
}

const path = fc.oneof(
  fc.constantFrom('x.png', 'a/b/c.jpg', 'ü (1).webp', 'a+b&c=d.png', '100%.png', 'blog/x.png'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
)
const side = fc.integer({ min: 1, max: 5_000 })
const validKey = fc
  .tuple(fc.constantFrom(...prefixes), side, side, path)
  .map(([prefix, width, height, path]) =>
    formatImageKey({ prefix, variant: { width, height }, path }),
  )
const anyKey = fc.oneof(
  { weight: 9, arbitrary: mutated(validKey) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)

/** What is wrong with how a key is taken; undefined when nothing is. */
function faultOfKey(key: string, count: () => void = () => {}): string | undefined {
  const refusal = refusalOf(() => parseImageKey(key, prefixes))
  if (refusal) {
    if (refusal.status !== 400) return `refused with ${refusal.status}`
    if (refusal.code !== 'key_not_canonical') return undefined
    const named = refusal.message.slice(refusal.message.indexOf('which is ') + 9)
    return refusalOf(() => parseImageKey(named, prefixes)) && `names ${named}, which is refused`
  }
  count()
  const image = parseImageKey(key, prefixes)
  const { width, height } = image.variant
  if (formatImageKey(image) !== key || image.key !== key) return 'does not round-trip'
  if (image.original !== image.prefix + image.path) return 'has another original'
  if (prefixOf(image.original, prefixes) !== image.prefix) return 'lies below the wrong prefix'
  if (!refusalOf(() => parseImageKey(image.original, prefixes))) return 'is made from a variant'
  if (!(Number.isSafeInteger(width) && Number.isSafeInteger(height))) return 'has no whole sides'
  if (width < 1 || height < 1) return 'has a side below one pixel'
  if (Buffer.byteLength(key) > 1_024 || /[\0\\]/.test(key)) return 'is no key'
  if (image.path.split('/').some((segment) => /^\.\.?$/.test(segment))) return 'has dots'
  if (decodeURIComponent(invalidationPath(key)) !== `/${key}`) return 'is invalidated as another'
  return undefined
}

/** The refusal that `work` throws, or undefined; anything else that it throws is a crash. */
function refusalOf(work: () => unknown): RightsizeError | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof RightsizeError) return error
    throw error
  }
}

/** Holds a property against its share of the runs. */
function check<T>(property: fc.IProperty<T>, share: number): void {
  fc.assert(property, { numRuns: Math.ceil(runs * share) })
}

t.test('keys', async (t) => {
  let accepted = 0
  const property = fc.property(anyKey, (key) => {
    const fault = faultOfKey(key, () => accepted++)
    if (fault) throw new Error(`${JSON.stringify(key)} ${fault}`)
  })
  check(property, 0.5)
  t.ok(accepted > runs / 50, `${accepted} keys of ${runs * 0.5} were accepted`)
})

t.test('query strings', async (t) => {
  let accepted = 0
  const encoded = fc
    .tuple(
      validKey,
      fc.constantFrom(encodeURIComponent, encodeURI, (key: string) => key),
    )
    .map(([key, encode]) => `/prod?key=${encode(key)}`)
  const property = fc.property(mutated(encoded), (url) => {
    const readings: string[] = []
    const refusal = refusalOf(() => readings.push(...keyReadings(rawKey(url))))
    if (refusal && refusal.status !== 400) throw new Error(`${url}: ${refusal.code}`)
    for (const key of readings) {
      const fault = faultOfKey(key, () => accepted++)
      if (fault) throw new Error(`${JSON.stringify(key)} of ${JSON.stringify(url)} ${fault}`)
    }
  })
  check(property, 0.4)
  t.ok(accepted > runs / 50, `${accepted} readings were accepted`)
})

const variables: Record<string, Arbitrary<string>> = {
  BUCKET: fc.constant('origin'),
  CF_DistributionId: fc.constant('E2ABCDEF'),
  ALLOWED_DIMENSIONS: fc.constantFrom('100x100,150x100, 150x200', '*', '1x1'),
  ALLOWED_IMAGE_TYPES: fc.constantFrom('.png,.jpeg,.jpg', '.webp, .gif,.avif'),
  KEY_PREFIXES: fc.constantFrom('img/', 'img/, blog/img/,base/img/', 'a/b/c/'),
  CACHE_CONTROL: fc.constant('public, max-age=604800'),
  INVALIDATION: fc.constantFrom('every-write', 'on-change', 'off'),
  CACHE_TAGS: fc.constantFrom('true', 'false'),
  CDN_URL: fc.constantFrom('https://images.example.com/', 'http://localhost:8080'),
  AWS_ENDPOINT_URL: fc.constant('http://127.0.0.1:9000'),
  LOG_LEVEL: fc.constantFrom('info', 'silent'),
  METRICS: fc.constantFrom('prometheus', 'emf'),
  ...Object.fromEntries(
    ['PORT', 'DEADLINE_MS', 'PROCESSORS', 'CONCURRENCY', 'QUEUE_LIMIT', 'MEMORY_BUDGET']
      .concat('MAX_ORIGINAL_BYTES', 'MAX_PIXELS', 'MAX_FRAMES', 'MAX_SIDE', 'MAX_OUTPUT_BYTES')
      .map((name) => [name, fc.constantFrom('1', '100', '4096', '65535', '100000000')]),
  ),
}
const names = Object.keys(variables)
const setting = fc
  .constantFrom(...names)
  .chain((name) => fc.tuple(fc.constant(name), mutated(variables[name] as Arbitrary<string>)))
const environment = fc
  .array(setting, { maxLength: 4 })
  .map((settings): Record<string, string> => ({ BUCKET: 'b', ...Object.fromEntries(settings) }))

t.test('configurations', async (t) => {
  let accepted = 0
  const property = fc.property(environment, (env) => {
    let config: ReturnType<typeof readConfig>
    try {
      config = readConfig(env, 4, 2 ** 31)
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      const unnamed = error.faults.find(
        (fault) => !names.includes(fault.split(':', 1)[0] as string),
      )
      if (unnamed !== undefined || error.faults.length === 0) throw new Error(`fault ${unnamed}`)
      return
    }
    accepted++
    const { keyPrefixes, allowedDimensions, cdnUrl, cacheControl } = config
    const sizes = allowedDimensions === '*' ? ['1x1'] : allowedDimensions.map(formatVariant)
    for (const prefix of keyPrefixes) {
      for (const size of sizes) {
        const image = parseImageKey(`${prefix}${size}/x.png`, keyPrefixes)
        if (image.original !== `${prefix}x.png`) throw new Error(`${prefix} has another original`)
      }
    }
    new Headers({ location: `${cdnUrl ?? ''}/`, 'cache-control': cacheControl })
    if (!Object.isFrozen(config)) throw new Error('can be changed')
  })
  check(property, 0.1)
  t.ok(accepted > runs / 500, `${accepted} configurations were accepted`)
})
