import { exitOnSignals } from '../../bench/exit-on-signals.ts'
import { startAws } from '../../bench/trials/aws.ts'
import { startService } from '../../bench/trials/service-process.ts'

// Starts AWS and the service as the trials do, prints its process id and its URL, and waits for its
// end.

exitOnSignals()
const aws = await startAws()
const service = await startService(aws.environment)
console.log(service.pid, service.url)
await service.exited
