import * as s3 from 'aws-cdk-lib/aws-s3'
import t from 'tap'
import { everyProp } from './every-prop.ts'
import { synthesise } from './synthesised.ts'

t.test('cdk-nag finds nothing that is not accepted with a reason', async (t) => {
  t.doesNotThrow(() => synthesise(undefined, { nag: true }), 'without props')
  t.doesNotThrow(() => synthesise(everyProp, { nag: true }), 'with every prop')
})

t.test('cdk-nag is listened to', async (t) => {
  const exitCode = process.exitCode
  const beside = (stack: ConstructorParameters<typeof s3.Bucket>[0]) => new s3.Bucket(stack, 'Open')
  t.throws(() => synthesise(undefined, { nag: true, beside }), /Validation failed/)
  process.exitCode = exitCode
})
