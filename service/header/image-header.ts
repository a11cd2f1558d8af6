import type { Format } from '../formats.ts'

/** What the header of an original says. */
export interface ImageHeader {
  format: Format
  /** Pixels of one frame as stored, before the EXIF orientation is applied. */
  width: number
  height: number
  /** EXIF orientation, 1 to 8; 1 for an animation, which is never turned. */
  orientation: number
  /** Frames of an animation; 1 for a still image. */
  frames: number
  channels: number
  bytesPerSample: number
  /** Whether a colour profile is embedded. */
  hasProfile: boolean
  /** Whether decoders hold the whole image: interlaced, progressive, or WebP that may be lossless. */
  progressive: boolean
  /**
   * How much is stored of the samples that all channels have: less than 1 in a JPEG whose colours are
   * subsampled, 0.5 for 4:2:0. 1 for the other formats, whose headers are not asked.
   */
  sampling: number
}

/** Width and height of one frame as the viewer sees it, in pixels. */
export function orientedSize(header: ImageHeader): { width: number; height: number } {
  const { width, height } = header
  return header.orientation >= 5 ? { width: height, height: width } : { width, height }
}
