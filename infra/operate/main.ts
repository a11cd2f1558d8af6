import { images } from './images.ts'

process.exitCode = await images(process.argv.slice(2))
