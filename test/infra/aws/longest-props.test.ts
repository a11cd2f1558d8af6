import t from 'tap'
import { propertiesOf, synthesise } from './synthesised.ts'

/** The longest that Lambda and IAM may see in place of an intrinsic function. */
const bucketName = 'b'.repeat(63)
const bucketArn = `arn:aws-us-gov:s3:::${bucketName}`
const longestArn = 'a'.repeat(200)

/** A value as it is deployed, with names that are as long as they can be. */
function deployed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deployed)
  if (typeof value !== 'object' || value === null) return value
  const [[name, argument] = ['', undefined]] = Object.entries(value)
  if (name === 'Ref') return bucketName
  if (name === 'Fn::GetAtt') return /Bucket/.test(String(argument)) ? bucketArn : longestArn
  if (name === 'Fn::Join') return (deployed((argument as unknown[])[1]) as string[]).join('')
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deployed(item)]))
}

t.test('the longest props fit into what Lambda and IAM take', async (t) => {
  const { template } = synthesise(() => ({
    keyPrefixes: Array.from({ length: 25 }, (_, index) => `${'p'.repeat(77)}${10 + index}/`),
    cacheControl: 'x'.repeat(1000),
  }))
  const { Environment } = propertiesOf(template, 'AWS::Lambda::Function', /SyncFunction/)
  t.ok(JSON.stringify(deployed(Environment.Variables)).length <= 4096, 'environment of the sync')
  for (const policy of [/SyncRole/, /TaskRole/]) {
    const { PolicyDocument } = propertiesOf(template, 'AWS::IAM::Policy', policy)
    t.ok(JSON.stringify(deployed(PolicyDocument)).length <= 10_240, `policy of ${policy}`)
  }
})
