import { endWithCaller } from '../../bench/end-with-caller.ts'
import { startAws } from '../../bench/trials/aws.ts'
import { startService } from '../../bench/trials/service-process.ts'

// Starts AWS and the service as the trials do, prints its own process id, that of the service and
// its URL again and again, and waits for its end.

endWithCaller()
const aws = await startAws()
const service = await startService(aws.environment)
setInterval(() => console.log(process.pid, service.pid, service.url), 20)
await service.exited
