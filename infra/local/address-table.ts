import { join } from 'node:path'
import { keyParameter, stage } from '../flow.ts'
import type { Laptop } from './laptop.ts'
import { bucketNames } from './laptop-settings.ts'

/** The picture that the printed line asks for: one of the samples, in a size allowed by default. */
export const exampleKey = 'img/150x200/x.png'

/** What is told when the laptop is up: its addresses, its folders, and a line to try. */
export function addressTable(addresses: Laptop['addresses'], dataDirectory: string): string {
  const { cdn, api, website, aws, service } = addresses
  const image = `/${stage}?${keyParameter}=…`
  const { original, origin } = bucketNames
  const rows = [
    [cdn, 'CloudFront: where a viewer starts'],
    [`${api}${image}`, 'API Gateway'],
    [website, 'website endpoint of the origin bucket'],
    [aws, `S3 and CloudFront APIs; buckets ${original} and ${origin}`],
    [`${service}${image}`, 'the service itself'],
  ].map(([url = '', what]) => [shown(url), what] as const)
  const width = Math.max(...rows.map(([url]) => url.length))
  const table = rows.map(([url, what]) => `  ${url.padEnd(width)}  ${what}`)
  return `
rightsize is up; Ctrl+C stops it.

${table.join('\n')}

Pictures dropped into ${join(dataDirectory, original)} can be resized a moment later;
what was resized is in ${join(dataDirectory, origin)}. Try:

  curl -sSL ${shown(cdn)}/${exampleKey} -o x.png

`
}

function shown(url: string): string {
  return url.replace('//127.0.0.1', '//localhost')
}
