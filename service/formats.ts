/** An image format of the service: what is read is what is written. */
export type Format = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif'

const formatOfExtension: Readonly<Record<string, Format>> = {
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.png': 'png',
  '.webp': 'webp',
  '.gif': 'gif',
  '.avif': 'avif',
}

/** The extensions that have a format, with their dot, in lower case. */
export const knownExtensions: readonly string[] = Object.keys(formatOfExtension)

/** The extension of the last segment of a path, with its dot, in lower case; empty without one. */
export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot < 0 ? '' : name.slice(dot).toLowerCase()
}

/** The format that an extension promises, or undefined for one that the service does not know. */
export function formatOf(extension: string): Format | undefined {
  return Object.hasOwn(formatOfExtension, extension) ? formatOfExtension[extension] : undefined
}

/** The media type of a format. */
export function mediaType(format: Format): string {
  return `image/${format}`
}

const magic: readonly [Format, (bytes: Buffer) => boolean][] = [
  ['jpeg', (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff],
  ['png', (bytes) => bytes.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n'],
  ['gif', (bytes) => /^GIF8[79]a$/.test(ascii(bytes, 0, 6))],
  ['webp', (bytes) => ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP'],
  ['avif', (bytes) => ascii(bytes, 4, 8) === 'ftyp' && /avi[fs]/.test(brands(bytes))],
]

/** The format that the first bytes of a file show, or undefined. */
export function sniff(bytes: Buffer): Format | undefined {
  return magic.find(([, matches]) => matches(bytes))?.[0]
}

function ascii(bytes: Buffer, from: number, to: number): string {
  return bytes.subarray(from, to).toString('latin1')
}

/** Major and compatible brands of an ISO base media file's first box (ISO/IEC 14496-12, 4.3). */
function brands(bytes: Buffer): string {
  const end = bytes.length >= 4 ? Math.min(bytes.readUInt32BE(0), 256) : 0
  return ascii(bytes, 8, end)
}
