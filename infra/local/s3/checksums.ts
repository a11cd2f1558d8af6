import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Checksum } from '../bucket.ts'
import { type Crc64, crc32c, crc64nvme } from './crc.ts'

/** A checksum that is being taken. */
export interface Hasher {
  update(bytes: Uint8Array): void
  /** The value in base64. */
  digest(): string
}

const hashers: Record<Checksum['algorithm'], () => Hasher> = {
  CRC32: () => crcHasher(crc32),
  CRC32C: () => crcHasher(crc32c),
  CRC64NVME: crc64Hasher,
  SHA1: () => cryptoHasher('sha1'),
  SHA256: () => cryptoHasher('sha256'),
}

const bytesOf: Record<Checksum['algorithm'], number> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
}

/** The checksums that S3 knows. */
export const algorithms = Object.keys(hashers) as Checksum['algorithm'][]

/** The header, or trailer, that carries a checksum. */
export function checksumHeader(algorithm: Checksum['algorithm']): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`
}

/** A new checksum of nothing yet. */
export function createHasher(algorithm: Checksum['algorithm']): Hasher {
  return hashers[algorithm]()
}

/** Whether `value` is base64 of as many bytes as the algorithm gives. */
export function isChecksum(algorithm: Checksum['algorithm'], value: string): boolean {
  const bytes = Buffer.from(value, 'base64')
  return bytes.length === bytesOf[algorithm] && bytes.toString('base64') === value
}

function cryptoHasher(name: string): Hasher {
  const hash = createHash(name)
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('base64') }
}

function crcHasher(next: (bytes: Uint8Array, before: number) => number): Hasher {
  let crc = 0
  return {
    update(bytes) {
      crc = next(bytes, crc)
    },
    digest() {
      const value = Buffer.alloc(4)
      value.writeUInt32BE(crc)
      return value.toString('base64')
    },
  }
}

function crc64Hasher(): Hasher {
  let crc: Crc64 = { high: 0, low: 0 }
  return {
    update(bytes) {
      crc = crc64nvme(bytes, crc)
    },
    digest() {
      const value = Buffer.alloc(8)
      value.writeUInt32BE(crc.high)
      value.writeUInt32BE(crc.low, 4)
      return value.toString('base64')
    },
  }
}
