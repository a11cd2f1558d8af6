import { damaged } from './damaged.ts'
import { disguises } from './disguises.ts'
import { gifOriginals } from './gif-originals.ts'
import { jpegOriginals } from './jpeg-originals.ts'
import type { HostileOriginal, Scale } from './original.ts'
import { pngBombs, pngChunks } from './png-originals.ts'
import { webpAndAvifOriginals } from './webp-avif-originals.ts'

/** Makes all hostile originals; none has more than some megabytes itself. */
export async function hostileOriginals(scale: Scale): Promise<HostileOriginal[]> {
  return [
    ...pngBombs(scale),
    ...pngChunks(scale),
    ...(await jpegOriginals(scale)),
    ...gifOriginals(),
    ...(await webpAndAvifOriginals()),
    ...(await disguises()),
    ...(await damaged()),
  ]
}
