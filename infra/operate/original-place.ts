import { type KeyPlace, placeOf } from '../sync/key-place.ts'

/**
 * Where the original `key` is.
 * @throws Error for a key that cannot be an original's
 */
export function originalPlace(
  key: string,
  prefixes: readonly string[],
): Extract<KeyPlace, { kind: 'original' }> {
  const place = placeOf(key, prefixes)
  if (place.kind === 'original') return place
  throw new Error(`${key} is not the key of an original below ${prefixes.join(', ')}`)
}
