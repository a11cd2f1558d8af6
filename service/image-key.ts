import { RightsizeError } from './errors.ts'

/** The box an image is fitted into, in pixels. */
export interface Variant {
  readonly width: number
  readonly height: number
}

/** A parsed key of a resized image, `<prefix><width>x<height>/<path>`. */
export interface ImageKey {
  /** The key that was asked for, under which the variant is stored. */
  readonly key: string
  readonly prefix: string
  readonly variant: Variant
  readonly path: string
  /** The key of the original, `<prefix><path>`. */
  readonly original: string
}

/** S3's limit for a key, in bytes of UTF-8. */
export const maxKeyBytes = 1024

const variantLike = /^[0-9]+[xX×][0-9]+$/

/**
 * Parses the key of a resized image.
 * @param key decoded; the longest of `prefixes` that it starts with is its prefix
 * @throws RightsizeError `key_malformed` or `key_not_canonical`
 */
export function parseImageKey(key: string, prefixes: readonly string[]): ImageKey {
  checkKey(key)
  const prefix = prefixOf(key, prefixes)
  if (prefix === undefined) {
    throw malformed(`The key must start with ${listed(prefixes)}.`)
  }
  const rest = key.slice(prefix.length)
  const slash = rest.indexOf('/')
  const segment = slash < 0 ? rest : rest.slice(0, slash)
  const path = slash < 0 ? '' : rest.slice(slash + 1)
  const variant = canonicalVariant(segment)
  if (!variant) {
    throw malformed(
      `The key must be ${prefix}<width>x<height>/<path>, such as ${prefix}150x200/x.png.`,
    )
  }
  const original = prefix + path
  const canonical = canonicalKey(original, variant, prefixes)
  if (canonical !== key) {
    throw new RightsizeError('key_not_canonical', {
      message: `The key is not in its canonical form, which is ${canonical}`,
    })
  }
  return { key, prefix, variant, path, original }
}

/** The key of `path` below `prefix`, resized to `variant`: the inverse of `parseImageKey`. */
export function formatImageKey(image: Pick<ImageKey, 'prefix' | 'variant' | 'path'>): string {
  return `${image.prefix}${formatVariant(image.variant)}/${image.path}`
}

/** The spelling of a variant in keys and in the allowlist, `150x200`. */
export function formatVariant(variant: Variant): string {
  return `${variant.width}x${variant.height}`
}

/** The longest of `prefixes` with which `key` starts, or undefined. */
export function prefixOf(key: string, prefixes: readonly string[]): string | undefined {
  let longest: string | undefined
  for (const prefix of prefixes) {
    if (key.startsWith(prefix) && prefix.length > (longest?.length ?? -1)) longest = prefix
  }
  return longest
}

/** Whether the path segment behind a prefix is spelled like a variant, canonical or not. */
export function isVariantLike(segment: string): boolean {
  return variantLike.test(segment)
}

/** The variant that `name` spells canonically, or undefined. */
export function parseVariantName(name: string): Variant | undefined {
  const variant = canonicalVariant(name)
  return variant && formatVariant(variant) === name ? variant : undefined
}

/**
 * The one key of `original` in the size `variant`: below the longest prefix of the original, so
 * that where prefixes are nested everything made from it is found in one place.
 */
function canonicalKey(original: string, variant: Variant, prefixes: readonly string[]): string {
  const prefix = prefixOf(original, prefixes) as string
  const path = original.slice(prefix.length)
  checkPath(path)
  return formatImageKey({ prefix, variant, path })
}

function canonicalVariant(segment: string): Variant | undefined {
  if (!isVariantLike(segment)) return undefined
  const [width, height] = segment.split(/[xX×]/).map(Number)
  if (!width || !height || !Number.isSafeInteger(width) || !Number.isSafeInteger(height)) {
    return undefined
  }
  return { width, height }
}

function checkKey(key: string): void {
  if (!key.isWellFormed()) throw malformed('The key is not valid Unicode.')
  if (Buffer.byteLength(key) > maxKeyBytes) {
    throw malformed(`The key is longer than ${maxKeyBytes} bytes.`)
  }
  if (key.includes('\0')) throw malformed('The key has a NUL character.')
  if (key.includes('\\')) throw malformed('The key has a backslash.')
}

function checkPath(path: string): void {
  if (path === '') throw malformed('The key has no path behind its dimensions.')
  const segments = path.split('/')
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    throw malformed('The key has a "." or ".." segment.')
  }
  if (isVariantLike(segments[0] as string) && segments.length > 1) {
    throw malformed('The key names a variant of a variant; dimensions may stand only once.')
  }
}

function malformed(message: string): RightsizeError {
  return new RightsizeError('key_malformed', { message })
}

function listed(prefixes: readonly string[]): string {
  return prefixes.length === 1 ? `${prefixes[0]}` : `one of ${prefixes.join(', ')}`
}
