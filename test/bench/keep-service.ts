import { exitOnSignals } from '../../bench/exit-on-signals.ts'
import { startService } from '../../bench/trials/service-process.ts'

// Starts the service as the trials do, prints its process id and its URL, and waits for its end.

exitOnSignals()
const service = await startService({ BUCKET: 'origin', AWS_REGION: 'eu-central-1' })
console.log(service.pid, service.url)
await service.exited
