import { images } from '../../../infra/operate/images.ts'
import { invalidationPolicy } from '../../../service/invalidations.ts'

// The operators' command as it is, but for the pauses between its calls of CloudFront, which are a
// hundredth: a test of many repetitions would wait for more than a minute.

const { paceMs, retry } = invalidationPolicy
process.exitCode = await images(process.argv.slice(2), {
  ...invalidationPolicy,
  paceMs: paceMs / 100,
  retry: { baseMs: retry.baseMs / 100, maxMs: retry.maxMs / 100 },
})
