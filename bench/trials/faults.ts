import { noMore, readArgumentsOrExit, startOrExit } from '../arguments.ts'
import { exitOnSignals } from '../exit-on-signals.ts'
import { startAws } from './aws.ts'
import { cdnFaults } from './cdn-faults.ts'
import { photo } from './photo.ts'
import { reportOutcomes } from './report-outcomes.ts'
import { type Outcome, runCdnFault, runCrowd, runStoreFault } from './run-fault.ts'
import { startService } from './service-process.ts'
import { storeFaults } from './store-faults.ts'

/**
 * The service as a process, with the timeouts of production, against an S3 and a CloudFront that
 * fail in every way. Ends with code 1 where an expectation does not hold.
 */
readArgumentsOrExit(noMore, 'npm run faults\n')
exitOnSignals()
const { aws, service } = await startOrExit(start)
const bed = { aws, service, original: await photo() }

// Each fault befalls one image only, so all of S3's can be tried at once; CloudFront's cannot.
process.stderr.write(`${storeFaults.length} faults of S3, about a minute …\n`)
const outcomes: Outcome[] = await Promise.all(storeFaults.map((row) => runStoreFault(bed, row)))
process.stderr.write(`${cdnFaults.length} faults of CloudFront, about a minute …\n`)
for (const row of cdnFaults) outcomes.push(await runCdnFault(bed, row))
process.stderr.write('crowds …\n')
outcomes.push(await runCrowd(bed, 500, 0), await runCrowd(bed, 2000, 5))

const { code, signal, stderr } = await service.stop()
const stopped = code === 0 ? [] : [`${signal ?? `exit code ${code}`}: ${stderr}`]
outcomes.push({ name: 'SIGTERM afterwards', status: undefined, ms: 0, calls: 0, wrong: stopped })
await aws.stop()
process.exitCode = reportOutcomes('Faults of S3 and CloudFront', outcomes)

async function start() {
  const aws = await startAws()
  return { aws, service: await startService({ ...aws.environment, CONCURRENCY: '16' }) }
}
