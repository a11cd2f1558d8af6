/**
 * Makes imagemagick.json, the table of what ImageMagick's `-auto-orient -resize WxH` gives:
 *
 *     apt-get install imagemagick
 *     npx tsx test/service/imagemagick-table.ts /usr/bin/convert
 *
 * Each source is a real JPEG, turned by a real EXIF orientation where one is named, and each
 * result is the size that ImageMagick reports of the picture it resized.
 */
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

type Size = readonly [width: number, height: number]

interface Case {
  /** The stored size, before the orientation is applied. */
  readonly source: Size
  readonly orientation: number
  readonly box: Size
}

const allowed = ['100x100', '150x100', '150x200', '200x100', '600x300']

const everyBox = ['4000x3000', '1920x1080', '3000x4000', '683x1024', '500x500', '33x21']

const sameOrNearly = [
  '150x200 into 150x200',
  '600x300 into 600x300',
  '150x100 into 150x200',
  '149x199 into 150x200',
  '151x201 into 150x200',
]

const onePixelSides = [
  '1x1 into 150x200',
  '1x400 into 150x200',
  '400x1 into 150x200',
  '1x10000 into 100x100',
  '10000x1 into 100x100',
  '9999x2 into 600x300',
  '3x9000 into 600x300',
  '2x1 into 600x300',
  '1x2 into 200x200',
  '640x480 into 1x1',
  '480x640 into 1x200',
  '640x480 into 600x1',
]

const halves = [
  '200x101 into 100x100',
  '100x3 into 50x50',
  '3x100 into 50x50',
  '400x202 into 200x100',
  '301x600 into 600x300',
  '1200x601 into 600x600',
  '40x30 into 150x113',
]

/** Exact halves that fall just below in double arithmetic, and are rounded down for it. */
const halvesMissed = [
  '11x44 into 98x98',
  '44x11 into 98x98',
  '21x112 into 600x600',
  '112x77 into 600x600',
  '97x776 into 150x100',
  '1544x193 into 100x200',
  '187x440 into 600x300',
  '142x71 into 7x5',
  '180x360 into 49x49',
  '1408x176 into 60x60',
]

const everyOrientation = ['401x301 into 150x200', '97x776 into 150x100']

function size(text: string): Size {
  const [width = 0, height = 0] = text.split('x').map(Number)
  return [width, height]
}

function parse(line: string, orientation = 1): Case {
  const [source = '', box = ''] = line.split(' into ')
  return { source: size(source), orientation, box: size(box) }
}

const cases: readonly Case[] = [
  ...everyBox.flatMap((source) => allowed.map((box) => parse(`${source} into ${box}`))),
  ...[sameOrNearly, onePixelSides, halves, halvesMissed].flat().map((line) => parse(line)),
  ...everyOrientation.flatMap((line) =>
    [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => parse(line, orientation)),
  ),
]

async function jpeg({ source: [width, height], orientation }: Case): Promise<Buffer> {
  const create = { width, height, channels: 3 as const, background: '#c04020' }
  return sharp({ create }).withMetadata({ orientation }).jpeg().toBuffer()
}

async function resized(convert: string, one: Case): Promise<Size> {
  const geometry = one.box.join('x')
  const args = ['jpg:-', '-auto-orient', '-resize', geometry, '-format', '%w %h', 'info:']
  const answer = execFileSync(convert, args, { input: await jpeg(one), encoding: 'utf8' })
  const [width, height] = answer.trim().split(' ').map(Number)
  if (!width || !height) throw new Error(`${convert} answered ${answer}`)
  return [width, height]
}

const convert = process.argv[2] ?? '/usr/bin/convert'
const version = execFileSync(convert, ['-version'], { encoding: 'utf8' }).split('\n', 1)[0]
const rows: string[] = []
for (const one of cases) {
  const { source, orientation, box } = one
  const sizes = [source, box, await resized(convert, one)].map((pair) => `[${pair.join(', ')}]`)
  rows.push(
    `{ "source": ${sizes[0]}, "orientation": ${orientation}, "box": ${sizes[1]}, "result": ${sizes[2]} }`,
  )
}
const table = `{
  "version": ${JSON.stringify(version)},
  "command": "convert jpg:- -auto-orient -resize WxH",
  "rows": [
    ${rows.join(',\n    ')}
  ]
}
`
await writeFile(fileURLToPath(new URL('imagemagick.json', import.meta.url)), table)
