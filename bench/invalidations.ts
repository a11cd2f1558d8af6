import { Writable } from 'node:stream'
import { startLaptop } from '../infra/local/laptop.ts'
import { readLaptopSettings } from '../infra/local/laptop-settings.ts'
import { withoutSdkWarning } from '../infra/sdk-warning.ts'
import { burst, burstEnvironment } from '../test/flow/burst.ts'
import { noMore, readArgumentsOrExit, startOrExit, wholeNumber } from './arguments.ts'
import { exitOnSignals } from './exit-on-signals.ts'
import { temporaryFolder } from './temporary-folder.ts'

/**
 * `npm run bench:invalidations [variants] [seconds]`: has 1,000 new variants made within 10
 * seconds on the laptop, whose CloudFront takes one invalidation call a second and throttles the
 * others, and tells whether every path was invalidated exactly once, and in how many calls.
 */
const usage = 'npm run bench:invalidations -- [variants (1000)] [seconds (10)]\n'
const { count, seconds } = readArgumentsOrExit(([variants = '1000', seconds = '10', ...others]) => {
  noMore(others)
  return { count: wholeNumber('variants', variants), seconds: wholeNumber('seconds', seconds) }
}, usage)
const maxCalls = 30

Object.assign(process.env, withoutSdkWarning)
exitOnSignals()
const data = await temporaryFolder('rightsize-invalidations')
const anyPorts = { CDN_PORT: '0', API_PORT: '0', WEBSITE_PORT: '0', AWS_PORT: '0', PORT: '0' }
const given = { ...anyPorts, ...burstEnvironment, DATA_DIR: data.path, LOG_LEVEL: 'error' }
const output = new Writable({
  write: (chunk, _, done) => void process.stderr.write(chunk, () => done()),
})
const laptop = await startOrExit(async () =>
  startLaptop({
    settings: readLaptopSettings(given),
    environment: { PATH: process.env.PATH, ...given },
    output,
  }),
)
try {
  // The last request leaves a little before the time is up, so that its write falls within it.
  const outcome = await burst(laptop, { count, seconds: seconds * 0.9 })
  const { writtenWithin, invalidatedAfter, calls, accepted, wrong } = outcome
  process.stdout.write(
    `${count} variants written within ${writtenWithin.toFixed(1)} s; ` +
      `all invalidated ${invalidatedAfter.toFixed(1)} s after the last write; ` +
      `${calls} calls, ${accepted} accepted, ${calls - accepted} throttled; ` +
      `paths not invalidated exactly once: ${wrong.length}\n`,
  )
  const asPromised = wrong.length === 0 && calls <= maxCalls
  process.exitCode = asPromised ? 0 : 1
} finally {
  await laptop.stop()
  data.remove()
}
