import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Runs the app as the CDK's command line does, on a machine with Node and nothing else. */
function runApp(t: Test, context: Record<string, unknown>) {
  const outputFolder = mkdtempSync(join(tmpdir(), 'rightsize-synth-'))
  t.teardown(() => rmSync(outputFolder, { recursive: true }))
  const { context: ownContext } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'))
  const result = spawnSync(process.execPath, ['--import', 'tsx', 'infra/aws/app.ts'], {
    cwd: root,
    encoding: 'utf8',
    env: {
      PATH: dirname(process.execPath),
      TMPDIR: tmpdir(),
      CDK_OUTDIR: outputFolder,
      CDK_CONTEXT_JSON: JSON.stringify({ ...ownContext, ...context }),
    },
  })
  return { outputFolder, ...result }
}

t.test('it synthesises without credentials, Docker or a warning', async (t) => {
  const { outputFolder, status, stderr } = runApp(t, {})
  t.equal(status, 0, stderr)
  t.notMatch(stderr, /deprecat|warn/i)
  const { Outputs } = JSON.parse(
    readFileSync(join(outputFolder, 'Rightsize.template.json'), 'utf8'),
  )
  t.same(Object.keys(Outputs).sort(), [
    'ApiUrl',
    'DashboardName',
    'DistributionId',
    'DistributionUrl',
    'OriginBucketName',
    'OriginalBucketName',
  ])
  t.match(Outputs.OriginalBucketName.Description, /cdk destroy leaves this bucket/)

  const { dockerImages } = JSON.parse(
    readFileSync(join(outputFolder, 'Rightsize.assets.json'), 'utf8'),
  )
  const [image] = Object.values<{ source: { directory: string } }>(dockerImages)
  const infra = join(outputFolder, image?.source.directory ?? 'none', 'infra')
  const folders = readdirSync(infra, { withFileTypes: true }).filter((one) => one.isDirectory())
  t.same(folders, [], 'what the service is not made of replaces none of its tasks')
})

t.test('a wrong value in the context ends it with the name of the value', async (t) => {
  const { status, stderr } = runApp(t, { maxTasks: 'many' })
  t.not(status, 0)
  t.match(stderr, /maxTasks: must be a number, not "many"/)
})
