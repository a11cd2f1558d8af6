/** Goes on with the CRC-32C (Castagnoli, reflected 0x82F63B78) of what came before `bytes`. */
export function crc32c(bytes: Uint8Array, before: number): number {
  let crc = ~before
  for (let i = 0; i < bytes.length; i++) {
    crc = (crc >>> 8) ^ (castagnoli[(crc ^ (bytes[i] as number)) & 0xff] as number)
  }
  return ~crc >>> 0
}

const castagnoli = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

const nvme = 0x9a6c9329ac4bc9b5n
const nvmeTable = Array.from({ length: 256 }, (_, byte) => {
  let crc = BigInt(byte)
  for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ nvme : crc >> 1n
  return crc
})
const nvmeHigh = Uint32Array.from(nvmeTable, (crc) => Number(crc >> 32n))
const nvmeLow = Uint32Array.from(nvmeTable, (crc) => Number(crc & 0xffffffffn))

/** A CRC-64/NVME in two halves; the reflected polynomial is 0x9A6C9329AC4BC9B5. */
export interface Crc64 {
  high: number
  low: number
}

/** Goes on with the CRC-64/NVME of what came before `bytes`. */
export function crc64nvme(bytes: Uint8Array, before: Crc64): Crc64 {
  let high = ~before.high
  let low = ~before.low
  for (let i = 0; i < bytes.length; i++) {
    const index = (low ^ (bytes[i] as number)) & 0xff
    low = ((low >>> 8) | (high << 24)) ^ (nvmeLow[index] as number)
    high = (high >>> 8) ^ (nvmeHigh[index] as number)
  }
  return { high: ~high >>> 0, low: ~low >>> 0 }
}
