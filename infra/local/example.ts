import {
  formatImageKey,
  type ImageKey,
  parseImageKey,
  type Variant,
} from '../../service/image-key.ts'
import { dimensionsAllowed } from '../../service/permission.ts'
import type { LaptopSettings } from './laptop-settings.ts'

/** What the documentation asks for. */
const documented = { prefix: 'img/', variant: { width: 150, height: 200 } }

/** The first of the samples, of which it is made. */
const path = 'x.png'

/** Below which of `prefixes` the samples lie: the one that the documentation has, or the first. */
export function samplePrefix(prefixes: readonly string[]): string {
  return prefixes.includes(documented.prefix) ? documented.prefix : (prefixes[0] as string)
}

/**
 * An image to ask a new laptop for, of its first sample and as its settings allow it. A service that
 * runs elsewhere, whose settings are not known, is taken to allow what the documentation asks for.
 * @returns undefined when the service takes no PNG, or nothing as large and names no dimensions
 */
export function exampleImage({
  keyPrefixes,
  service,
}: Pick<LaptopSettings, 'keyPrefixes' | 'service'>): ImageKey | undefined {
  if (service && !service.allowedImageTypes.includes('.png')) return undefined
  const variant = service ? allowedVariant(service) : documented.variant
  const prefix = samplePrefix(keyPrefixes)
  return variant && parseImageKey(formatImageKey({ prefix, variant, path }), keyPrefixes)
}

function allowedVariant(service: NonNullable<LaptopSettings['service']>): Variant | undefined {
  if (dimensionsAllowed(documented.variant, service)) return documented.variant
  const { allowedDimensions } = service
  return allowedDimensions === '*' ? undefined : allowedDimensions[0]
}
