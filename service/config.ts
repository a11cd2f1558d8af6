import { knownExtensions } from './formats.ts'
import { formatVariant, parseVariantName, type Variant } from './image-key.ts'
import { usableMemory, usableProcessors } from './processors.ts'
import {
  type Environment,
  httpUrl,
  integer,
  list,
  oneOf,
  readSettings,
  type Setting,
} from './settings.ts'
import { sharedSettings } from './shared-settings.ts'

/** The allowlists that hold where none is configured. */
export const defaultDimensions = '100x100,150x100,150x200,200x100,200x200,600x300'
export const defaultImageTypes = '.png,.jpeg,.jpg'

const dimensionsRule = 'must be <width>x<height> in pixels, such as 150x200, or * as the whole list'

const mebibyte = 1024 * 1024

/** The share of the memory that originals and decoders may take; the rest is Node's and libvips'. */
const budgetShare = 0.4

/** What the platform does not show from within is told: a container does not see its task's limit. */
function processorsSetting(found: number): Setting<number> {
  return integer('PROCESSORS', { min: 1, max: 1024, fallback: found })
}

function settings(found: number, processors: number, memory: number) {
  return {
    ...sharedSettings,
    /** That may be used. */
    processors: processorsSetting(found),
    allowedDimensions: allowedDimensions(),
    allowedImageTypes: list('ALLOWED_IMAGE_TYPES', defaultImageTypes, imageType),
    port: integer('PORT', { min: 0, max: 65535, fallback: 3000 }),
    host: { name: 'HOST', read: (text = '0.0.0.0') => text } satisfies Setting<string>,
    logLevel: oneOf(
      'LOG_LEVEL',
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'info',
    ),
    /** How metrics leave: asked for at `/metrics`, or also written to the log for CloudWatch. */
    metrics: oneOf('METRICS', ['prometheus', 'emf'], 'prometheus'),
    /** Where viewers find the distribution, for results too large for the API. */
    cdnUrl: httpUrl('CDN_URL'),
    /** For one request, in milliseconds; API Gateway gives up after 29 s. */
    deadlineMs: integer('DEADLINE_MS', { min: 100, max: 600_000, fallback: 25_000 }),
    /**
     * For which it serves on when it is told to stop, in milliseconds: a load balancer of connections
     * goes on sending for a while, and leaves those that stand where they are.
     */
    shutdownDelayMs: integer('SHUTDOWN_DELAY_MS', { min: 0, max: 600_000, fallback: 0 }),
    /**
     * Resizes at once: two for each processor keep all of them busy, and two more while the main
     * thread is about to begin the next (`npm run bench -- saturation`). One processor has as many
     * only while they take long.
     */
    concurrency: integer('CONCURRENCY', {
      min: 1,
      max: 512,
      fallback: Math.min(2 * processors + 2, 512),
    }),
    /** Of libuv's pool; `main.cts` sets it. libuv takes what is no number for 1, and has 4 by itself. */
    threads: integer('UV_THREADPOOL_SIZE', { min: 1, max: 1024, fallback: 4 }),
    /** Requests that may wait for their turn; the next one is refused. */
    queueLimit: integer('QUEUE_LIMIT', { min: 0, max: 100_000, fallback: 16 * processors }),
    /** Bytes that originals and their decoded pixels may take at once. */
    memoryBudget: integer('MEMORY_BUDGET', {
      min: 16 * mebibyte,
      max: 1024 * 1024 * mebibyte,
      fallback: Math.max(64 * mebibyte, Math.floor(memory * budgetShare)),
    }),
    maxOriginalBytes: integer('MAX_ORIGINAL_BYTES', {
      min: 1024,
      max: 2047 * mebibyte,
      fallback: 50 * mebibyte,
    }),
    /** Pixels of an original, and of an animation made of it, summed over the frames. */
    maxPixels: integer('MAX_PIXELS', { min: 1, max: 1_000_000_000, fallback: 50_000_000 }),
    maxFrames: integer('MAX_FRAMES', { min: 1, max: 10_000, fallback: 250 }),
    /** The longest side of a variant, in pixels, whatever the allowlist says; WebP has no longer one. */
    maxSide: integer('MAX_SIDE', { min: 1, max: 16_383, fallback: 4096 }),
    /** Bytes of a variant that the API can pass on. */
    maxOutputBytes: integer('MAX_OUTPUT_BYTES', {
      min: 1024,
      max: 2047 * mebibyte,
      fallback: 10 * mebibyte,
    }),
  }
}

/** What the environment says, checked and frozen. */
export type Config = ReturnType<typeof readConfig>

/**
 * Reads the service's configuration; the only place that reads it.
 * @param found processors that may be used as far as is seen from within, at least 1
 * @param memory that may be used, in bytes
 * @throws SettingsError with every fault at once
 */
export function readConfig(env: Environment, found = usableProcessors(), memory = usableMemory()) {
  return readSettings(env, settings(found, usedProcessors(env, found), memory), tooLargeDimensions)
}

/** The processors that other settings follow; a fault is told with all others. */
function usedProcessors(env: Environment, found: number): number {
  try {
    return readSettings(env, { processors: processorsSetting(found) }).processors
  } catch {
    return found
  }
}

function tooLargeDimensions({
  allowedDimensions,
  maxSide,
}: {
  allowedDimensions?: readonly Variant[] | '*'
  maxSide?: number
}): string[] {
  if (!allowedDimensions || allowedDimensions === '*' || maxSide === undefined) return []
  const tooLarge = allowedDimensions.filter(
    ({ width, height }) => Math.max(width, height) > maxSide,
  )
  if (tooLarge.length === 0) return []
  const names = tooLarge.map(formatVariant).join(', ')
  return [`ALLOWED_DIMENSIONS: ${names} is over the longest side, MAX_SIDE=${maxSide}`]
}

function allowedDimensions(): Setting<readonly Variant[] | '*'> {
  const listed = list('ALLOWED_DIMENSIONS', defaultDimensions, (item) => {
    const variant = parseVariantName(item)
    if (!variant) throw new Error(dimensionsRule)
    return variant
  })
  return { name: listed.name, read: (text) => (text === '*' ? '*' : listed.read(text)) }
}

function imageType(item: string): string {
  const extension = item.toLowerCase()
  if (!knownExtensions.includes(extension)) {
    throw new Error(`must be one of ${knownExtensions.join(', ')}`)
  }
  return extension
}
