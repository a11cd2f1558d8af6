import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AssetHashType, DockerImage } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { buildSync } from 'esbuild'

const folder = fileURLToPath(new URL('../sync/', import.meta.url))

/** The module's and the function's name, as Lambda wants them. */
export const syncHandler = 'index.handler'

/** The sync Lambda's code, bundled by the esbuild that is installed here, never by Docker. */
export function syncCode(): Code {
  return Code.fromAsset(folder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-used'),
      local: {
        tryBundle(outputFolder) {
          bundleSync(outputFolder)
          return true
        },
      },
    },
  })
}

/**
 * Writes `index.js` with all that the handler needs into `outputFolder`, the SDK included: what
 * was tested is what runs, whatever version the Lambda runtime brings.
 */
export function bundleSync(outputFolder: string): void {
  buildSync({
    entryPoints: [join(folder, 'handler.ts')],
    outfile: join(outputFolder, 'index.js'),
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
  })
}
