/** `jpeg` with the parameters of its only scan as Samsung's cameras write them. */
export function withOddScan(jpeg: Buffer): Buffer {
  const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]))
  const end = scan + 2 + jpeg.readUInt16BE(scan + 2)
  return Buffer.from(jpeg).fill(0, end - 3, end)
}
