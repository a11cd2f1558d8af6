import { readSyncSettings } from '../../infra/sync/settings.ts'
import { buildHandler } from '../../infra/sync/sync.ts'
import { cacheTag, metadataNames } from '../../service/provenance.ts'
import { StoreError } from '../../service/store.ts'
import { type MadeVariant, writeBack } from '../../service/write-back.ts'
import { type Calls, callsOf } from './calls.ts'
import { begin, flaws } from './rest.ts'
import { type Actor, type Choice, createSchedule } from './schedule.ts'
import { createBucket, createCache, modelObject, originalKey, variantBytes } from './world.ts'

/** What people do, in whatever order the schedule gives. */
export type Deed =
  | { kind: 'upload'; body: string; contentType: string }
  | { kind: 'remove' }
  | { kind: 'view'; key: string }
  /** Asks the service itself, as a viewer with an old redirect does. */
  | { kind: 'ask'; key: string }

export interface Scenario {
  deeds: readonly Deed[]
  /** Whether it begins with an original whose first variant is made and cached. */
  begun: boolean
  cacheTags: boolean
  /** Whether what it begins with is from before cache tags were turned on, and audited since. */
  untagged: boolean
  choices: readonly Choice[]
}

/** A message of the queue, as SQS delivers it. */
export interface QueueMessage {
  messageId: string
  eventSource: 'aws:sqs'
  body: string
}

type Handler = ReturnType<typeof buildHandler>
type Parts = Parameters<typeof buildHandler>[0]

/** Ways to take protections out of the system under test, each by standing between its parts. */
export interface Weakening {
  /** Between a service task and the store. */
  store?: (calls: Calls['origin'], made: MadeVariant) => Calls['origin']
  /** Between an invocation and what it works with. */
  handler?: (build: typeof buildHandler, parts: Parts) => Handler
  /** A cache that keeps what it fetched before an invalidation. */
  forgetfulCache?: boolean
}

/**
 * Lets a scenario happen, to its end: every message delivered, every fault over.
 * @returns what is wrong then, empty when nothing is, and every step that led there
 */
export async function play(
  scenario: Scenario,
  weakening: Weakening = {},
): Promise<{ flaws: string[]; trace: string[] }> {
  const schedule = createSchedule()
  const settings = readSyncSettings({
    BUCKET: 'origin',
    ORIGINAL_BUCKET: 'original',
    CACHE_TAGS: String(scenario.cacheTags),
    CACHE_CONTROL: 'max-age=60',
  })
  let count = 0
  const actor = (role: string): Actor => ({ name: `${role} ${++count}` })

  const enqueue = (message: QueueMessage, label: string) => {
    queue.set(label, message)
    schedule.offer(label, (choice) => void invoke(label, choice))
  }
  const notify = (bucket: string, key: string, eventName: string) => {
    const id = `m${++count}`
    const s3 = { bucket: { name: bucket }, object: { key } }
    const body = JSON.stringify({ Records: [{ eventSource: 'aws:s3', eventName, s3 }] })
    enqueue(
      { messageId: id, eventSource: 'aws:sqs', body },
      `deliver ${id}: ${bucket} ${eventName} ${key}`,
    )
  }
  const duplicate = (label: string) => {
    const messageId = `m${++count}`
    const message = queue.get(label) as QueueMessage
    enqueue({ ...message, messageId }, label.replace(/^deliver \w+/, `deliver ${messageId}`))
  }
  const queue = new Map<string, QueueMessage>()
  const world = {
    original: createBucket('original', notify),
    origin: createBucket('origin', notify),
    cache: createCache({ forgetful: weakening.forgetfulCache ?? false }),
  }

  /** One invocation, with as many of the waiting messages as chosen; a fault is a duplicate. */
  const invoke = async (first: string, { pick, fault }: Choice) => {
    if (fault) duplicate(first)
    const others = [...queue.keys()].filter((label) => label !== first)
    const labels = [first, ...others.slice(0, pick % 4)]
    const batch = labels.map((label) => ({ label, message: queue.get(label) as QueueMessage }))
    for (const label of labels) {
      queue.delete(label)
      schedule.withdraw(label)
    }
    const lambda = actor('lambda')
    const redeliver = (failed: (message: QueueMessage) => boolean) => {
      for (const { label, message } of batch) if (failed(message)) enqueue(message, label)
    }
    lambda.onCrash = () => redeliver(() => true)
    const { original, origin, cdn } = callsOf(lambda, schedule, world)
    const parts = { original, origin, cdn, settings, logger: silent }
    const handler = weakening.handler?.(buildHandler, parts) ?? buildHandler(parts)
    const answer = await handler({ Records: batch.map(({ message }) => message) })
    const failures = answer?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) ?? []
    redeliver((message) => failures.includes(message.messageId))
  }

  /** A service task that makes a variant and, as the service does, tries twice to write it. */
  const makeVariant = async (key: string) => {
    const task = actor('task')
    const { origin } = callsOf(task, schedule, world)
    const original = await origin.read(originalKey)
    const made: MadeVariant = {
      key,
      original: originalKey,
      sourceEtag: original.etag,
      body: Buffer.from(variantBytes(key, original.body)),
      contentType: 'image/png',
    }
    const store = weakening.store?.(origin, made) ?? origin
    const write = () => writeBack(store, made, { cacheControl: 'max-age=60', metadata: tags })
    await write().catch(write)
  }

  const view = async (key: string) => {
    const viewer = actor('viewer')
    const call = <T>(label: string, effect: () => T) =>
      schedule.step(viewer, label, effect, (fault) => new StoreError('failed', fault))
    const keep = await call(`ask for ${key}`, () => {
      return world.cache.responses.has(key) ? undefined : world.cache.beginFetch(key)
    })
    if (!keep) return
    const response = await call(`fetch ${key}`, () => world.origin.objects.get(key))
    if (response) return call(`keep ${key}`, () => keep(response))
    if (key !== originalKey) await makeVariant(key)
  }

  const act = (deed: Deed) => {
    if (deed.kind === 'view') return void view(deed.key).catch(unlessStoreError)
    if (deed.kind === 'ask') return void makeVariant(deed.key).catch(unlessStoreError)
    if (deed.kind === 'remove') return world.original.remove(originalKey)
    world.original.put(originalKey, modelObject(deed.body, { contentType: deed.contentType }))
  }

  const tags: Record<string, string> = scenario.cacheTags
    ? { [metadataNames.cacheTag]: cacheTag(originalKey) }
    : {}
  const before = { ...settings, cacheTags: settings.cacheTags && !scenario.untagged }
  if (scenario.begun) begin(world, before, { withVariant: settings.cacheTags === before.cacheTags })
  for (const deed of scenario.deeds.toReversed()) schedule.offer(describe(deed), () => act(deed))
  await schedule.run(scenario.choices.values())
  return { flaws: flaws(world, [settings, before]), trace: schedule.trace }
}

function describe(deed: Deed): string {
  if (deed.kind === 'upload') return `upload ${deed.body} as ${deed.contentType}`
  return deed.kind === 'remove' ? 'remove the upload' : `${deed.kind} ${deed.key}`
}

const silent = { info: () => {}, error: () => {} }

function unlessStoreError(error: unknown): void {
  if (!(error instanceof StoreError)) throw error
}
