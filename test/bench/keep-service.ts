import { exitOnSignals } from '../../bench/exit-on-signals.ts'
import { startAws } from '../../bench/trials/aws.ts'
import { startService } from '../../bench/trials/service-process.ts'

// Starts AWS and the service as the trials do, prints its process id and its URL, now and on SIGUSR2,
// and waits for its end.

exitOnSignals()
const aws = await startAws()
const service = await startService(aws.environment)
const print = () => console.log(service.pid, service.url)
process.on('SIGUSR2', print)
// Whoever has read it may send that signal at once.
print()
await service.exited
