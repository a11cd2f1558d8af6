import { join } from 'node:path'
import type { ImageKey } from '../../service/image-key.ts'
import { viewerPath } from '../../service/invalidation-path.ts'
import { keyParameter, stage } from '../flow.ts'
import type { Laptop } from './laptop.ts'
import { bucketNames } from './laptop-settings.ts'
import { shownUrl } from './shown-url.ts'

/**
 * What is told when the laptop is up: its addresses, its folders, and a line to try.
 * @param example the image that the line asks for; there is none without it
 */
export function addressTable(
  addresses: Laptop['addresses'],
  dataDirectory: string,
  example: Pick<ImageKey, 'key'> | undefined,
): string {
  const { cdn, api, website, aws, service } = addresses
  const image = `/${stage}?${keyParameter}=…`
  const { original, origin } = bucketNames
  const rows = [
    [cdn, 'CloudFront: where a viewer starts'],
    [`${api}${image}`, 'API Gateway'],
    [website, 'website endpoint of the origin bucket'],
    [aws, `S3 and CloudFront APIs; buckets ${original} and ${origin}`],
    [`${service}${image}`, 'the service itself'],
  ].map(([url = '', what]) => [shownUrl(url), what] as const)
  const width = Math.max(...rows.map(([url]) => url.length))
  const table = rows.map(([url, what]) => `  ${url.padEnd(width)}  ${what}`)
  return `
rightsize is up; Ctrl+C stops it.

${table.join('\n')}

Pictures dropped into ${join(dataDirectory, original)} can be resized a moment later;
what was resized is in ${join(dataDirectory, origin)}.${tryLine(cdn, example)}

`
}

function tryLine(cdn: string, example: Pick<ImageKey, 'key'> | undefined): string {
  return example ? ` Try:\n\n  curl -sSL ${shownUrl(cdn)}${viewerPath(example.key)} -o x.png` : ''
}
