const types: Record<string, string> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  css: 'text/css',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  html: 'text/html',
  ico: 'image/x-icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript',
  json: 'application/json',
  jxl: 'image/jxl',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  txt: 'text/plain',
  webm: 'video/webm',
  webp: 'image/webp',
  xml: 'application/xml',
}

/** S3's content type of an object that was given none. */
export const defaultContentType = 'binary/octet-stream'

/** The content type that the extension of `key` stands for, as upload tools would set it. */
export function guessContentType(key: string): string {
  const extension = /\.([^./]+)$/.exec(key)?.[1]?.toLowerCase()
  return (extension !== undefined && types[extension]) || defaultContentType
}
