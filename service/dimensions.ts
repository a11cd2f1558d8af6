/** Width and height in whole pixels, each at least 1. */
export interface Dimensions {
  readonly width: number
  readonly height: number
}

/**
 * The size of `source` fitted inside `box` with its aspect ratio kept: a larger image shrinks and
 * a smaller one grows until it touches the box. A side never falls below one pixel.
 *
 * The formula is that of ImageMagick's `-resize WxH` (`ParseMetaGeometry` in its `geometry.c`), in
 * the same double arithmetic and in the same order: multiplying before dividing, or rounding
 * exact halves by rational arithmetic, gives other results for some sizes.
 * @param source the size as the viewer sees it: after the EXIF orientation was applied
 */
export function fitInside(source: Dimensions, box: Dimensions): Dimensions {
  const scale = Math.min(box.width / source.width, box.height / source.height)
  return { width: scaled(source.width, scale), height: scaled(source.height, scale) }
}

function scaled(side: number, scale: number): number {
  return Math.max(Math.floor(scale * side + 0.5), 1)
}
