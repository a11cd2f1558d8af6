import t from 'tap'
import type { ImageHeader } from '../../service/header/image-header.ts'
import { memoryCost } from '../../service/memory-cost.ts'
import { stripShare } from '../../service/strip-bytes.ts'
import { still } from './header/still.ts'

type Row = [
  title: string,
  header: Partial<ImageHeader> & Pick<ImageHeader, 'format' | 'width' | 'height'>,
  to: [width: number, height: number],
  measured: number,
]

const alpha = { channels: 4 }
const interlaced = { progressive: true }
const subsampled = { sampling: 0.5 }

/** MiB by which the resident set grew. */
const measured: Row[] = [
  ['JPEG', { format: 'jpeg', width: 16_000, height: 1_000, ...subsampled }, [4_096, 4_096], 27.4],
  ['JPEG, less wide', { format: 'jpeg', width: 8_000, height: 400 }, [4_096, 4_096], 24.6],
  [
    'JPEG of four inks',
    { format: 'jpeg', width: 8_000, height: 400, ...alpha },
    [4_096, 4_096],
    41.8,
  ],
  [
    'progressive JPEG',
    { format: 'jpeg', width: 16_000, height: 2_000, ...interlaced, ...subsampled },
    [4_096, 4_096],
    134,
  ],
  ['PNG', { format: 'png', width: 60_000, height: 20 }, [600, 300], 34],
  ['PNG, less flat', { format: 'png', width: 60_000, height: 300 }, [4_096, 4_096], 109],
  ['PNG with alpha', { format: 'png', width: 60_000, height: 20, ...alpha }, [600, 300], 82.7],
  [
    'PNG with alpha, to more',
    { format: 'png', width: 16_000, height: 300, ...alpha },
    [4_096, 4_096],
    94,
  ],
  ['interlaced PNG', { format: 'png', width: 60_000, height: 20, ...interlaced }, [600, 300], 29.1],
  [
    'interlaced PNG with alpha',
    { format: 'png', width: 60_000, height: 20, ...interlaced, ...alpha },
    [600, 300],
    75.2,
  ],
  [
    'interlaced PNG with alpha, to more',
    { format: 'png', width: 16_000, height: 1_000, ...interlaced, ...alpha },
    [4_096, 4_096],
    146,
  ],
  ['GIF', { format: 'gif', width: 60_000, height: 20 }, [600, 300], 38.8],
  ['GIF, less flat', { format: 'gif', width: 60_000, height: 100 }, [4_096, 4_096], 81.3],
  ['GIF with alpha', { format: 'gif', width: 60_000, height: 100, ...alpha }, [600, 300], 124],
  ['AVIF', { format: 'avif', width: 16_000, height: 8 }, [600, 300], 39.4],
  ['AVIF, less flat', { format: 'avif', width: 16_000, height: 50 }, [4_096, 4_096], 51.8],
  [
    'AVIF of 12 bits',
    { format: 'avif', width: 16_000, height: 50, bytesPerSample: 2 },
    [4_096, 4_096],
    83.3,
  ],
  [
    'AVIF with alpha',
    { format: 'avif', width: 16_000, height: 50, ...alpha },
    [4_096, 4_096],
    90.8,
  ],
  [
    'AVIF with alpha, less flat',
    { format: 'avif', width: 16_000, height: 300, ...alpha },
    [4_096, 4_096],
    172,
  ],
]

for (const [title, header, [width, height], least] of measured) {
  t.test(`covers what was measured of wide and flat stills: ${title}`, async (t) => {
    const mebibytes = memoryCost({ ...still, ...header }, { width, height }) / 1024 / 1024
    t.ok(mebibytes >= least, `${mebibytes} >= ${least}`)
    t.ok(mebibytes < 1.5 * least, `${mebibytes} < 1.5 * ${least}`)
  })
}

t.test('nothing of it counts for pictures of usual shape', async (t) => {
  t.equal(stripShare({ width: 300, height: 600 }), 0)
  t.equal(stripShare({ width: 4_000, height: 1_000 }), 0)
  t.equal(stripShare({ width: 6_000, height: 1_000 }), 0.5)
  t.equal(stripShare({ width: 8_000, height: 1_000 }), 1)
  t.equal(stripShare({ width: 60_000, height: 1 }), 1)
})
