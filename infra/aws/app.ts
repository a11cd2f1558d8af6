import { App } from 'aws-cdk-lib'
import { readContext } from './context.ts'
import { RightsizeStack } from './rightsize-stack.ts'

const app = new App()
const values = readContext(app.node)

// Only what is looked up needs to know account and region before the deployment.
const env = { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION }

new RightsizeStack(app, 'Rightsize', {
  description: 'Rightsize: images, resized on demand',
  values,
  ...(values.vpcId !== undefined && { env }),
})
