import { isVariantLike, maxKeyBytes } from './image-key.ts'
import { flag, httpUrl, list, oneOf, optional, required, type Setting } from './settings.ts'

/** Variables that the service and the sync Lambda read alike. */
export const sharedSettings = {
  bucket: required('BUCKET', 'the name of the origin bucket'),
  distributionId: optional('CF_DistributionId'),
  keyPrefixes: keyPrefixes(),
  cacheControl: cacheControl(),
  /**
   * What is invalidated: `every-write` every variant written and all that a change drops,
   * `on-change` only the latter, `off` nothing.
   */
  invalidation: oneOf('INVALIDATION', ['every-write', 'on-change', 'off'], 'every-write'),
  /** Whether objects carry a cache tag, which is invalidated instead of their paths. */
  cacheTags: flag('CACHE_TAGS', false),
  /** The SDK reads these two itself; here they tell that S3 is a stand-in, addressed by path. */
  s3Endpoint: httpUrl('AWS_ENDPOINT_URL_S3'),
  awsEndpoint: httpUrl('AWS_ENDPOINT_URL'),
}

/** Key prefixes: characters that survive S3's routing rule, CloudFront and API Gateway unescaped. */
function keyPrefixes(): Setting<readonly string[]> {
  return list('KEY_PREFIXES', 'img/', (prefix) => {
    const segments = prefix.split('/').slice(0, -1)
    const wellFormed = /^([A-Za-z0-9._-]+\/)+$/.test(prefix) && prefix.length <= maxKeyBytes / 2
    if (!wellFormed || segments.some((segment) => /^\.\.?$/.test(segment))) {
      throw new Error(
        'must be folders of A-Z a-z 0-9 . _ -, with a slash behind each, such as img/',
      )
    }
    if (segments.some(isVariantLike)) {
      throw new Error('must not have a folder that is spelled like dimensions')
    }
    return prefix
  })
}

function cacheControl(): Setting<string> {
  return {
    name: 'CACHE_CONTROL',
    read: (text = 'public, max-age=604800') => {
      if (!/^[\x20-\x7e]+$/.test(text)) throw new Error('must be printable ASCII')
      return text
    },
  }
}
