import { Validations } from 'aws-cdk-lib'
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'

/**
 * What the distribution says to the website endpoint, and nobody else can: a random value that
 * Secrets Manager makes at deployment. It travels as `Referer`, because S3 can set a condition on
 * that header and no other that CloudFront may add.
 */
export class OriginSecret extends Construct {
  /** The header that carries the secret. */
  readonly headerName = 'Referer'
  /** A reference that CloudFormation resolves while it deploys. */
  readonly value: string

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const secret = new secretsmanager.Secret(this, 'Secret', {
      description:
        'Lets CloudFront, and nobody else, read the website endpoint of the origin bucket',
      generateSecretString: { excludePunctuation: true, passwordLength: 48 },
    })
    // Only a reference is written into the template.
    this.value = secret.secretValue.unsafeUnwrap()
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Bucket policy and distribution must change together, which only a deployment does; docs/deploy.md has the steps.',
    })
  }
}
