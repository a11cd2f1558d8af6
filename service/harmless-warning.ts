/** Samsung's cameras write wrong parameters of the only scan, which decoders do not need. */
const harmless = 'VipsJpeg: Invalid SOS parameters for sequential JPEG'

/**
 * Whether a decoder complained of nothing but what leaves every pixel as it is (sharp issue 1578).
 * Of other warnings nobody knows: a JPEG that breaks off before its end marker is one of them.
 */
export function isHarmlessWarning(error: unknown): boolean {
  const lines = (error as Error).message.trim().split('\n')
  return lines.every((line) => line === harmless)
}
