import t from 'tap'
import { jsonLogger } from '../../../infra/sync/logger.ts'
import { readSyncSettings } from '../../../infra/sync/settings.ts'

t.test('names all faults of the environment at once', async (t) => {
  const env = { INVALIDATION: 'never', CACHE_TAGS: 'yes', KEY_PREFIXES: 'img' }
  t.throws(() => readSyncSettings(env), {
    message: /BUCKET:.*KEY_PREFIXES:.*INVALIDATION:.*CACHE_TAGS:.*ORIGINAL_BUCKET:/s,
  })
})

t.test('refuses one bucket for both', async (t) => {
  t.throws(() => readSyncSettings({ BUCKET: 'one', ORIGINAL_BUCKET: 'one' }), {
    message: /ORIGINAL_BUCKET: must be another bucket than BUCKET/,
  })
})

t.test('logs JSON lines', async (t) => {
  const lines: string[] = []
  const logger = jsonLogger((line) => lines.push(line))
  logger.info({ key: 'a\nb' }, 'seen')
  logger.error({}, 'failed')
  t.strictSame(lines, [
    '{"level":"info","msg":"seen","key":"a\\nb"}\n',
    '{"level":"error","msg":"failed"}\n',
  ])
})
