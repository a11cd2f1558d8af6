import { parentPort } from 'node:worker_threads'
import { search } from './search.ts'

parentPort?.on('message', async (wanted) => parentPort?.postMessage(await search(wanted)))
