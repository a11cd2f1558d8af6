import { fileURLToPath } from 'node:url'
import { IgnoreMode } from 'aws-cdk-lib'
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import type { Construct } from 'constructs'

const projectRoot = fileURLToPath(new URL('../../', import.meta.url))

/**
 * The image of the service, which the CDK's command line builds when it deploys. What it is made
 * from stands in .dockerignore; stack, sync Lambda, laptop and tools are no part of that, so that a
 * change of these alone replaces no task.
 */
export function serviceImage(scope: Construct): ecs.ContainerImage {
  const asset = new DockerImageAsset(scope, 'Image', {
    displayName: 'rightsize service',
    directory: projectRoot,
    target: 'service',
    platform: Platform.LINUX_ARM64,
    ignoreMode: IgnoreMode.DOCKER,
    exclude: ['infra/aws', 'infra/local', 'infra/operate', 'infra/smoke', 'infra/sync'],
  })
  return ecs.ContainerImage.fromDockerImageAsset(asset)
}
