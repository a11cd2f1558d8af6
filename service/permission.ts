import type { Config } from './config.ts'
import { RightsizeError } from './errors.ts'
import { extensionOf } from './formats.ts'
import { formatVariant, type ImageKey } from './image-key.ts'

/**
 * Refuses an image that the allowlists do not have.
 * @throws RightsizeError `unsupported_dimensions` or `unsupported_type`
 */
export function checkPermission(
  { variant, path }: ImageKey,
  config: Pick<Config, 'allowedDimensions' | 'allowedImageTypes' | 'maxSide'>,
): void {
  if (!dimensionsAllowed(variant, config)) {
    throw new RightsizeError('unsupported_dimensions', { allowed: allowedNames(config) })
  }
  if (!config.allowedImageTypes.includes(extensionOf(path))) {
    throw new RightsizeError('unsupported_type', { allowed: config.allowedImageTypes })
  }
}

/** Whether the allowlist has these dimensions. */
export function dimensionsAllowed(
  { width, height }: ImageKey['variant'],
  { allowedDimensions, maxSide }: Pick<Config, 'allowedDimensions' | 'maxSide'>,
): boolean {
  if (Math.max(width, height) > maxSide) return false
  if (allowedDimensions === '*') return true
  return allowedDimensions.some((allowed) => allowed.width === width && allowed.height === height)
}

function allowedNames({
  allowedDimensions,
  maxSide,
}: Pick<Config, 'allowedDimensions' | 'maxSide'>): readonly string[] {
  if (allowedDimensions === '*') return [`1x1 to ${maxSide}x${maxSide}`]
  return allowedDimensions.map(formatVariant)
}
