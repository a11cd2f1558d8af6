import type { PictureName } from '../pictures.ts'

/** A picture and what is asked for. */
export interface Workload {
  title: string
  picture: PictureName
  width: number
  height: number
}

/** A photograph to a thumbnail, and a PNG to a banner. */
export const workloads: readonly Workload[] = [
  { title: '12-megapixel JPEG to 150x200', picture: 'photo-12mp.jpg', width: 150, height: 200 },
  { title: '2-megapixel PNG to 600x300', picture: 'photo-2mp.png', width: 600, height: 300 },
]

/** Where a flow at `server` answers for the original `file`, resized as the workload says. */
export function requestUrl(server: string, workload: Workload, file: string): string {
  return `${server}/prod?key=img/${variantOf(workload)}/${file}`
}

/** The name of the variant that is asked for. */
export function variantOf({ width, height }: Workload): string {
  return `${width}x${height}`
}
