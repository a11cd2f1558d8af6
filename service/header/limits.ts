import { fitInside } from '../dimensions.ts'
import { RightsizeError } from '../errors.ts'
import type { Variant } from '../image-key.ts'
import { type ImageHeader, orientedSize } from './image-header.ts'

/** What an original may be at most. */
export interface HeaderLimits {
  /** Summed over all frames. */
  maxPixels: number
  maxFrames: number
}

/**
 * Holds an original's header against the limits.
 * @throws RightsizeError `too_many_frames` or `too_many_pixels`
 */
export function checkLimits({ width, height, frames }: ImageHeader, limits: HeaderLimits): void {
  if (frames > limits.maxFrames) {
    const message = `The original has ${frames} frames; at most ${limits.maxFrames} are allowed.`
    throw new RightsizeError('too_many_frames', { message })
  }
  const pixels = width * height * frames
  if (pixels > limits.maxPixels) {
    const message = `The original has ${pixels} pixels; at most ${limits.maxPixels} are allowed.`
    throw new RightsizeError('too_many_pixels', { message })
  }
}

/**
 * Refuses to enlarge an animation beyond what an original may have: every frame of the result is
 * held at once.
 * @throws RightsizeError `too_many_pixels`
 */
export function checkResult(
  header: ImageHeader,
  variant: Variant,
  { maxPixels }: Pick<HeaderLimits, 'maxPixels'>,
): void {
  const { width, height } = fitInside(orientedSize(header), variant)
  const pixels = width * height * header.frames
  if (header.frames === 1 || pixels <= maxPixels) return
  const message = `The resized image would have ${pixels} pixels; at most ${maxPixels} are allowed.`
  throw new RightsizeError('too_many_pixels', { message })
}
