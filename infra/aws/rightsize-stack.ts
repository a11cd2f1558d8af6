import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { ContextValues } from './context.ts'
import { propsFrom } from './existing.ts'
import { Rightsize } from './rightsize.ts'

/** One stack with one `Rightsize`, and as outputs what its users have to know. */
export class RightsizeStack extends Stack {
  readonly images: Rightsize

  constructor(scope: Construct, id: string, props: StackProps & { values: ContextValues }) {
    super(scope, id, props)
    this.images = new Rightsize(this, 'Images', propsFrom(this, props.values))
    const outputs: Record<string, [value: string, description: string]> = {
      DistributionUrl: [this.images.url, 'Where viewers ask for images'],
      DistributionId: [this.images.distribution.distributionId, 'For invalidations by hand'],
      ApiUrl: [this.images.api.url, 'Where a missing image is redirected'],
      OriginalBucketName: [
        this.images.originalBucket.bucketName,
        'Upload originals here; cdk destroy leaves this bucket and all that is in it',
      ],
      OriginBucketName: [
        this.images.originBucket.bucketName,
        'Copies and variants, which can be made again; written by the flow alone',
      ],
      DashboardName: [this.images.dashboard.dashboard.dashboardName, 'In CloudWatch'],
    }
    for (const [name, [value, description]] of Object.entries(outputs)) {
      new CfnOutput(this, name, { value, description })
    }
  }
}
