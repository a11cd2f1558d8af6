import { randomBytes } from 'node:crypto'
import type { S3Event } from 'aws-lambda'
import type { BucketChange } from '../bucket.ts'

/** The region that the laptop says it is in. */
const region = 'us-east-1'

/**
 * A change as the notification that S3 sends.
 * @param sequence orders the changes of a key, as `sequencer` does; rises from change to change
 */
export function s3Event(
  bucket: string,
  change: BucketChange,
  { time, sequence }: { time: Date; sequence: number },
): S3Event {
  const isRemoval = change.type === 'removed'
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: region,
        eventTime: time.toISOString(),
        eventName: isRemoval ? 'ObjectRemoved:Delete' : 'ObjectCreated:Put',
        userIdentity: { principalId: 'AWS:LAPTOP' },
        requestParameters: { sourceIPAddress: '127.0.0.1' },
        responseElements: {
          'x-amz-request-id': randomBytes(8).toString('hex').toUpperCase(),
          'x-amz-id-2': randomBytes(48).toString('base64'),
        },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'laptop',
          bucket: {
            name: bucket,
            ownerIdentity: { principalId: 'LAPTOP' },
            arn: `arn:aws:s3:::${bucket}`,
          },
          object: {
            key: formEncoded(change.key),
            size: change.bytes,
            eTag: change.etag.replaceAll('"', ''),
            sequencer: sequence.toString(16).toUpperCase().padStart(16, '0'),
          },
        },
      },
    ],
  }
}

/** The key as S3 spells it in events: form-encoded, slashes left alone. */
function formEncoded(key: string): string {
  return new URLSearchParams({ key }).toString().slice('key='.length).replaceAll('%2F', '/')
}
