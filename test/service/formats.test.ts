import fc from 'fast-check'
import t from 'tap'
import { extensionOf, formatOf, knownExtensions, mediaType, sniff } from '../../service/formats.ts'
import { picture } from '../helper.ts'

const extensions: [path: string, extension: string][] = [
  ['x.png', '.png'],
  ['a/b/X.PnG', '.png'],
  ['a.b/c', ''],
  ['a/b.tar.jpg', '.jpg'],
  ['.png', '.png'],
  ['x.', '.'],
  ['x', ''],
  ['', ''],
  ['a.png/', ''],
  ['x.png ', '.png '],
]

for (const [path, extension] of extensions) {
  t.test(`the extension of ${JSON.stringify(path)}`, async (t) => {
    t.equal(extensionOf(path), extension)
  })
}

t.test('every known extension has a format, and no other', async (t) => {
  t.strictSame(knownExtensions.map(formatOf), ['jpeg', 'jpeg', 'png', 'webp', 'gif', 'avif'])
  for (const other of ['', '.', 'png', '.PNG', '.svg', '.constructor', '.__proto__', 'toString']) {
    t.equal(formatOf(other), undefined, other)
  }
})

t.test('real files of every format show it in their first bytes', async (t) => {
  for (const format of ['jpeg', 'png', 'webp', 'gif', 'avif'] as const) {
    const bytes = await picture(8, 8).toFormat(format).toBuffer()
    t.equal(sniff(bytes), format)
    t.equal(sniff(bytes.subarray(0, 32)), format, 'from 32 bytes')
    t.equal(mediaType(format), `image/${format}`)
  }
})

const box = (brand: string, bytes = 8 + brand.length) => {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(bytes)
  return Buffer.concat([size, Buffer.from(`ftyp${brand}`, 'latin1')])
}

const strangers: [title: string, bytes: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('a text file that is named .png')],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
  ['a BMP', Buffer.from('BM\x36\x00\x00\x00', 'latin1')],
  ['a TIFF', Buffer.from('II*\x00\x08\x00\x00\x00', 'latin1')],
  ['a PDF', Buffer.from('%PDF-1.7')],
  ['half a PNG signature', Buffer.from('\x89PNG', 'latin1')],
  ['a PNG signature after a text transfer', Buffer.from('\x89PNG\n\x1a\n\0', 'latin1')],
  ['half a JPEG signature', Buffer.from([0xff, 0xd8])],
  ['another GIF version', Buffer.from('GIF88a')],
  ['another RIFF', Buffer.from('RIFF\0\0\0\0WAVEfmt ')],
  ['HEIC', box('heic\0\0\0\0mif1heic')],
  ['MP4', box('isom\0\0\x02\0isomiso2avc1mp41')],
  ['an AVIF brand behind the box', Buffer.concat([box('heic\0\0\0\0'), Buffer.from('avif')])],
  ['a box without a length', box('avif\0\0\0\0', 0)],
]

for (const [title, bytes] of strangers) {
  t.test(`${title} is no image of ours`, async (t) => {
    t.equal(sniff(bytes), undefined)
  })
}

t.test('AVIF may name its brand among the compatible ones', async (t) => {
  t.equal(sniff(box('mif1\0\0\0\0mif1avif')), 'avif')
  t.equal(sniff(box('avis\0\0\0\0msf1')), 'avif')
})

t.test('any bytes are judged without an exception', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      sniff(Buffer.from(bytes))
    }),
  )
})
