import { type HostileOriginal, html, texture } from './original.ts'

/** Files that are not what their name says, and beginnings of what it does. */
export async function disguises(): Promise<HostileOriginal[]> {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="/etc/passwd"/></svg>'
  const texts: Record<string, string> = {
    'svg.png': svg,
    'svg-with-prolog.jpg': `<?xml version="1.0"?>\n${svg}`,
    'page.png': html,
    'pdf.jpg': '%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj',
    'bmp.png': 'BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0',
    'heic.jpg': '\0\0\0\x18ftypheic\0\0\0\0mif1heic',
    'heic.avif': '\0\0\0\x18ftypheic\0\0\0\0mif1heic',
    'photoshop.png': '8BPS\0\x01\0\0\0\0\0\0\0\x03',
    'icon.png': '\0\0\x01\0\x01\0\x10\x10\0\0\x01\0',
    'archive.jpg': 'PK\x03\x04\x14\0\0\0',
    'script.png': '#!/bin/sh\nreboot\n',
    'imagemagick.png': 'push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 0,0 "|id"\n',
    'nothing.png': '',
    'one-byte.jpg': '\xff',
  }
  const files = Object.entries(texts).map(([name, text]) => ({
    name,
    bytes: Buffer.from(text, 'latin1'),
    statuses: [415],
  }))
  const magicOnly = {
    'only-magic.png': '\x89PNG\r\n\x1a\n',
    'only-magic.jpg': '\xff\xd8\xff',
    'only-magic.gif': 'GIF89a',
    'svg-behind-magic.png': `\x89PNG\r\n\x1a\n${svg}`,
  }
  const starts = Object.entries(magicOnly).map(([name, text]) => ({
    name,
    bytes: Buffer.from(text, 'latin1'),
    statuses: [422],
  }))
  const picture = texture(40, 30)
  return [
    ...files,
    ...starts,
    { name: 'tiff.jpg', bytes: await picture.tiff().toBuffer(), statuses: [415] },
    { name: 'gif.png', bytes: await picture.gif().toBuffer(), statuses: [415] },
    { name: 'jpeg.png', bytes: await picture.jpeg().toBuffer(), statuses: [415] },
    { name: 'png.jpg', bytes: await picture.png().toBuffer(), statuses: [415] },
  ]
}
