import fc from 'fast-check'
import t from 'tap'
import { readConfig } from '../../service/config.ts'
import { type Environment, SettingsError } from '../../service/settings.ts'

const required = { BUCKET: 'origin' }
const memory = 2 ** 31

function faults(env: Environment): readonly string[] {
  try {
    readConfig(env, 4, memory)
  } catch (error) {
    if (error instanceof SettingsError) return error.faults
    throw error
  }
  return []
}

const defaults = {
  bucket: 'origin',
  distributionId: undefined,
  keyPrefixes: ['img/'],
  cacheControl: 'public, max-age=604800',
  invalidation: 'every-write',
  cacheTags: false,
  s3Endpoint: undefined,
  awsEndpoint: undefined,
  allowedDimensions: [
    { width: 100, height: 100 },
    { width: 150, height: 100 },
    { width: 150, height: 200 },
    { width: 200, height: 100 },
    { width: 200, height: 200 },
    { width: 600, height: 300 },
  ],
  allowedImageTypes: ['.png', '.jpeg', '.jpg'],
  port: 3000,
  host: '0.0.0.0',
  logLevel: 'info',
  metrics: 'prometheus',
  cdnUrl: undefined,
  deadlineMs: 25_000,
  shutdownDelayMs: 0,
  threads: 4,
  processors: 4,
  concurrency: 10,
  queueLimit: 64,
  memoryBudget: 858_993_459,
  maxOriginalBytes: 50 * 1024 * 1024,
  maxPixels: 50_000_000,
  maxFrames: 250,
  maxSide: 4096,
  maxOutputBytes: 10 * 1024 * 1024,
}

t.test('what holds when only the bucket is given', async (t) => {
  t.strictSame(readConfig(required, 4, memory), defaults)
})

t.test('unset, empty and blank are the same', async (t) => {
  const names = `CF_DistributionId KEY_PREFIXES CACHE_CONTROL INVALIDATION CACHE_TAGS
    AWS_ENDPOINT_URL_S3 AWS_ENDPOINT_URL ALLOWED_DIMENSIONS ALLOWED_IMAGE_TYPES PORT HOST LOG_LEVEL
    METRICS CDN_URL DEADLINE_MS SHUTDOWN_DELAY_MS PROCESSORS UV_THREADPOOL_SIZE CONCURRENCY QUEUE_LIMIT MEMORY_BUDGET MAX_ORIGINAL_BYTES MAX_PIXELS
    MAX_FRAMES MAX_SIDE MAX_OUTPUT_BYTES`.split(/\s+/)
  for (const blank of [undefined, '', '  ', '\t\n']) {
    const env = Object.fromEntries(names.map((name) => [name, blank]))
    t.strictSame(readConfig({ ...required, ...env }, 4, memory), defaults, JSON.stringify(blank))
  }
})

t.test('slots and queue follow the processors', async (t) => {
  for (const processors of [1, 2, 16]) {
    const { concurrency, queueLimit } = readConfig(required, processors, memory)
    t.strictSame([concurrency, queueLimit], [2 * processors + 2, 16 * processors])
  }
})

t.test('PROCESSORS tells what is not seen from within, and slots and queue follow', async (t) => {
  const config = readConfig({ ...required, PROCESSORS: ' 1 ' }, 4, memory)
  t.strictSame([config.processors, config.concurrency, config.queueLimit], [1, 4, 16])
  const own = readConfig({ ...required, PROCESSORS: '2', CONCURRENCY: '3' }, 4, memory)
  t.strictSame([own.processors, own.concurrency, own.queueLimit], [2, 3, 32])
  t.equal(readConfig({ ...required, PROCESSORS: '600' }, 4, memory).concurrency, 512)
})

t.test('the memory budget is a share of the memory, and never next to nothing', async (t) => {
  for (const [memory, budget] of [
    [2 ** 33, 3_435_973_836],
    [2 ** 27, 2 ** 26],
    [1, 2 ** 26],
  ] as const) {
    t.equal(readConfig(required, 4, memory).memoryBudget, budget)
  }
})

t.test('cannot be changed', async (t) => {
  const config = readConfig(required, 4, memory)
  t.ok(Object.isFrozen(config))
  t.ok(Object.isFrozen(config.allowedDimensions))
  t.ok(Object.isFrozen(config.allowedImageTypes))
  t.ok(Object.isFrozen(config.keyPrefixes))
})

const accepted: [name: string, text: string, field: keyof typeof defaults, value: unknown][] = [
  ['BUCKET', ' spaced ', 'bucket', 'spaced'],
  ['CF_DistributionId', 'E2ABC', 'distributionId', 'E2ABC'],
  ['KEY_PREFIXES', 'img/, blog/img/ ,,', 'keyPrefixes', ['img/', 'blog/img/']],
  ['KEY_PREFIXES', '.a_b-C9/', 'keyPrefixes', ['.a_b-C9/']],
  ['KEY_PREFIXES', '.../..x/', 'keyPrefixes', ['.../..x/']],
  ['CACHE_CONTROL', 'no-cache', 'cacheControl', 'no-cache'],
  ['INVALIDATION', 'on-change', 'invalidation', 'on-change'],
  ['INVALIDATION', 'off', 'invalidation', 'off'],
  ['CACHE_TAGS', 'true', 'cacheTags', true],
  ['CACHE_TAGS', 'false', 'cacheTags', false],
  ['AWS_ENDPOINT_URL', 'http://127.0.0.1:9000', 'awsEndpoint', 'http://127.0.0.1:9000'],
  ['AWS_ENDPOINT_URL_S3', 'https://s3.test/', 's3Endpoint', 'https://s3.test'],
  ['ALLOWED_DIMENSIONS', '*', 'allowedDimensions', '*'],
  ['ALLOWED_DIMENSIONS', ' * ', 'allowedDimensions', '*'],
  [
    'ALLOWED_DIMENSIONS',
    '100x100,150x100, 150x200',
    'allowedDimensions',
    [
      { width: 100, height: 100 },
      { width: 150, height: 100 },
      { width: 150, height: 200 },
    ],
  ],
  ['ALLOWED_DIMENSIONS', '4096x4096', 'allowedDimensions', [{ width: 4096, height: 4096 }]],
  ['ALLOWED_IMAGE_TYPES', '.PNG, .JpEg', 'allowedImageTypes', ['.png', '.jpeg']],
  ['ALLOWED_IMAGE_TYPES', '.webp,.gif,.avif', 'allowedImageTypes', ['.webp', '.gif', '.avif']],
  ['PORT', '0', 'port', 0],
  ['PORT', '65535', 'port', 65535],
  ['HOST', '127.0.0.1', 'host', '127.0.0.1'],
  ['LOG_LEVEL', 'silent', 'logLevel', 'silent'],
  ['METRICS', 'emf', 'metrics', 'emf'],
  ['CDN_URL', 'https://images.test//', 'cdnUrl', 'https://images.test'],
  ['CDN_URL', 'https://images.test/a/', 'cdnUrl', 'https://images.test/a'],
  ['CDN_URL', 'HTTPS:\\\\images.test', 'cdnUrl', 'https://images.test'],
  ['CDN_URL', 'https://images\n.test', 'cdnUrl', 'https://images.test'],
  ['QUEUE_LIMIT', '0', 'queueLimit', 0],
  ['PROCESSORS', '1024', 'processors', 1024],
  ['CONCURRENCY', '512', 'concurrency', 512],
]

for (const [name, text, field, value] of accepted) {
  t.test(`${name}=${JSON.stringify(text)}`, async (t) => {
    t.strictSame(readConfig({ ...required, [name]: text }, 4, memory)[field], value)
  })
}

const prefixRule = 'must be folders of A-Z a-z 0-9 . _ -, with a slash behind each, such as img/'
const prefixSpelling = 'must not have a folder that is spelled like dimensions'
const dimensionsRule = 'must be <width>x<height> in pixels, such as 150x200, or * as the whole list'
const typeRule = 'must be one of .jpg, .jpeg, .png, .webp, .gif, .avif'
const urlRule = 'must be an http or https URL without query or fragment, not'
const levels = 'fatal, error, warn, info, debug, trace, silent'
const noItem = 'must have at least one item'

const refused: [name: string, text: string, message: string][] = [
  ['BUCKET', ' ', 'is required: the name of the origin bucket'],
  ['KEY_PREFIXES', ',', noItem],
  ['KEY_PREFIXES', 'img', `"img" ${prefixRule}`],
  ['KEY_PREFIXES', '/', `"/" ${prefixRule}`],
  ['KEY_PREFIXES', '/img/', `"/img/" ${prefixRule}`],
  ['KEY_PREFIXES', 'img//', `"img//" ${prefixRule}`],
  ['KEY_PREFIXES', 'img/, a b/', `"a b/" ${prefixRule}`],
  ['KEY_PREFIXES', 'bücher/', `"bücher/" ${prefixRule}`],
  ['KEY_PREFIXES', 'a/../b/', `"a/../b/" ${prefixRule}`],
  ['KEY_PREFIXES', './', `"./" ${prefixRule}`],
  ['KEY_PREFIXES', `${'a'.repeat(512)}/`, `"${'a'.repeat(512)}/" ${prefixRule}`],
  ['KEY_PREFIXES', 'img/100x100/', `"img/100x100/" ${prefixSpelling}`],
  ['KEY_PREFIXES', '0150X200/', `"0150X200/" ${prefixSpelling}`],
  ['CACHE_CONTROL', 'public\nx: y', 'must be printable ASCII'],
  ['CACHE_CONTROL', 'öffentlich', 'must be printable ASCII'],
  ['INVALIDATION', 'never', 'must be one of every-write, on-change, off, not "never"'],
  ['CACHE_TAGS', 'yes', 'must be one of true, false, not "yes"'],
  ['AWS_ENDPOINT_URL', 'localhost', `${urlRule} "localhost"`],
  ['AWS_ENDPOINT_URL_S3', 'localhost:9000', `${urlRule} "localhost:9000"`],
  ['ALLOWED_DIMENSIONS', ' , ', noItem],
  ['ALLOWED_DIMENSIONS', '100x100,big', `"big" ${dimensionsRule}`],
  ['ALLOWED_DIMENSIONS', '100x', `"100x" ${dimensionsRule}`],
  ['ALLOWED_DIMENSIONS', '0x100', `"0x100" ${dimensionsRule}`],
  ['ALLOWED_DIMENSIONS', '0150x200', `"0150x200" ${dimensionsRule}`],
  ['ALLOWED_DIMENSIONS', '150X200', `"150X200" ${dimensionsRule}`],
  ['ALLOWED_DIMENSIONS', '100x100,*', `"*" ${dimensionsRule}`],
  [
    'ALLOWED_DIMENSIONS',
    '100x100,5000x10,10x4097',
    '5000x10, 10x4097 is over the longest side, MAX_SIDE=4096',
  ],
  ['ALLOWED_IMAGE_TYPES', ',', noItem],
  ['ALLOWED_IMAGE_TYPES', 'png', `"png" ${typeRule}`],
  ['ALLOWED_IMAGE_TYPES', '.png,.svg', `".svg" ${typeRule}`],
  ['ALLOWED_IMAGE_TYPES', 'png, .jpeg, jpg', `"png", "jpg" ${typeRule}`],
  ['ALLOWED_IMAGE_TYPES', '.constructor', `".constructor" ${typeRule}`],
  ['PORT', '-1', 'must be a whole number from 0 to 65535, not "-1"'],
  ['PORT', '65536', 'must be a whole number from 0 to 65535, not "65536"'],
  ['PORT', '80.5', 'must be a whole number from 0 to 65535, not "80.5"'],
  ['PORT', '0x50', 'must be a whole number from 0 to 65535, not "0x50"'],
  ['PORT', '1e3', 'must be a whole number from 0 to 65535, not "1e3"'],
  ['LOG_LEVEL', 'loud', `must be one of ${levels}, not "loud"`],
  ['METRICS', 'statsd', 'must be one of prometheus, emf, not "statsd"'],
  ['CDN_URL', 'ftp://images.test', `${urlRule} "ftp://images.test"`],
  ['CDN_URL', '//images.test', `${urlRule} "//images.test"`],
  ['CDN_URL', 'https://images.test/?a=b', `${urlRule} "https://images.test/?a=b"`],
  ['CDN_URL', 'https://images.test/#a', `${urlRule} "https://images.test/#a"`],
  ['CDN_URL', 'https://', `${urlRule} "https://"`],
  ['DEADLINE_MS', '99', 'must be a whole number from 100 to 600000, not "99"'],
  ['PROCESSORS', '0.5', 'must be a whole number from 1 to 1024, not "0.5"'],
  ['CONCURRENCY', '0', 'must be a whole number from 1 to 512, not "0"'],
  ['QUEUE_LIMIT', 'none', 'must be a whole number from 0 to 100000, not "none"'],
  ['MEMORY_BUDGET', '1', 'must be a whole number from 16777216 to 1099511627776, not "1"'],
  ['MAX_ORIGINAL_BYTES', '1', 'must be a whole number from 1024 to 2146435072, not "1"'],
  ['MAX_PIXELS', '0', 'must be a whole number from 1 to 1000000000, not "0"'],
  ['MAX_FRAMES', '10001', 'must be a whole number from 1 to 10000, not "10001"'],
  ['MAX_SIDE', '16384', 'must be a whole number from 1 to 16383, not "16384"'],
  ['MAX_OUTPUT_BYTES', '1', 'must be a whole number from 1024 to 2146435072, not "1"'],
]

for (const [name, text, message] of refused) {
  t.test(`${name}=${JSON.stringify(text).slice(0, 40)} is refused`, async (t) => {
    t.strictSame(faults({ ...required, [name]: text }), [`${name}: ${message}`])
  })
}

t.test('every fault is told at once', async (t) => {
  const env = { PORT: 'x', KEY_PREFIXES: 'img', LOG_LEVEL: 'loud', ALLOWED_DIMENSIONS: 'big' }
  t.throws(() => readConfig(env, 4, memory), {
    name: 'SettingsError',
    message: [
      'The environment is not right:',
      '  BUCKET: is required: the name of the origin bucket',
      `  KEY_PREFIXES: "img" ${prefixRule}`,
      `  ALLOWED_DIMENSIONS: "big" ${dimensionsRule}`,
      '  PORT: must be a whole number from 0 to 65535, not "x"',
      `  LOG_LEVEL: must be one of ${levels}, not "loud"`,
    ].join('\n'),
  })
})

t.test('the longest side binds the allowlist, the default one too', async (t) => {
  t.strictSame(faults({ ...required, MAX_SIDE: '599' }), [
    'ALLOWED_DIMENSIONS: 600x300 is over the longest side, MAX_SIDE=599',
  ])
  t.strictSame(faults({ ...required, MAX_SIDE: '599', ALLOWED_DIMENSIONS: '*' }), [])
  t.strictSame(faults({ ...required, MAX_SIDE: '600' }), [])
})

t.test('a conflict is told beside the other faults', async (t) => {
  t.strictSame(faults({ MAX_SIDE: '599', PORT: 'x' }), [
    'BUCKET: is required: the name of the origin bucket',
    'PORT: must be a whole number from 0 to 65535, not "x"',
    'ALLOWED_DIMENSIONS: 600x300 is over the longest side, MAX_SIDE=599',
  ])
})

t.test('a CDN address that is accepted can stand in a header', async () => {
  const url = fc.oneof(
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.tuple(fc.webUrl(), fc.string({ unit: 'binary' })).map((parts) => parts.join('/')),
  )
  fc.assert(
    fc.property(url, (text) => {
      try {
        const { cdnUrl } = readConfig({ ...required, CDN_URL: text }, 4, memory)
        return cdnUrl === undefined || /^https?:\/\/[\x21-\x7e]*[^/]$/.test(cdnUrl)
      } catch (error) {
        return error instanceof SettingsError
      }
    }),
    { numRuns: 300 },
  )
})
