import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { CloudFrontError, type Invalidation, type InvalidationBatch } from './invalidations.ts'

/** The version of the API, which is also the first segment of its paths. */
export const apiVersion = '2020-05-31'

const namespace = `http://cloudfront.amazonaws.com/doc/${apiVersion}/`

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  isArray: (name) => name === 'Path',
})
const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: true })

/**
 * Reads the body of CreateInvalidation.
 * @throws CloudFrontError when it is none, or when it contradicts itself
 */
export function parseInvalidationBatch(body: string): InvalidationBatch {
  if (body.trim() === '') {
    throw new CloudFrontError('MissingBody', 400, 'This operation requires a body.')
  }
  const batch = parse(body)?.InvalidationBatch
  const callerReference = batch?.CallerReference
  const items = batch?.Paths?.Items?.Path ?? []
  if (typeof callerReference !== 'string' || callerReference === '') {
    throw new CloudFrontError('InvalidArgument', 400, 'The CallerReference is missing.')
  }
  if (Number(batch?.Paths?.Quantity) !== items.length) {
    const message = 'The value of Quantity and the size of Items do not match.'
    throw new CloudFrontError('InconsistentQuantities', 400, message)
  }
  return { callerReference, items }
}

interface ParsedBatch {
  InvalidationBatch?: {
    CallerReference?: unknown
    Paths?: { Quantity?: string; Items?: { Path?: string[] } }
  }
}

function parse(body: string): ParsedBatch | undefined {
  try {
    return parser.parse(body, true) as ParsedBatch
  } catch {
    throw new CloudFrontError('MalformedXML', 400, 'The XML document is malformed.')
  }
}

/** The answer of CreateInvalidation and GetInvalidation. */
export function invalidationXml(invalidation: Invalidation, completed: boolean): string {
  return document('Invalidation', {
    ...summary(invalidation, completed),
    InvalidationBatch: {
      Paths: { Quantity: invalidation.items.length, Items: { Path: invalidation.items } },
      CallerReference: invalidation.callerReference,
    },
  })
}

/** A page of ListInvalidations. */
export interface InvalidationPage {
  marker: string
  maxItems: number
  nextMarker: string | undefined
  invalidations: readonly { invalidation: Invalidation; completed: boolean }[]
}

/** The answer of ListInvalidations. */
export function invalidationListXml(page: InvalidationPage): string {
  return document('InvalidationList', {
    Marker: page.marker,
    ...(page.nextMarker !== undefined && { NextMarker: page.nextMarker }),
    MaxItems: page.maxItems,
    IsTruncated: page.nextMarker !== undefined,
    Quantity: page.invalidations.length,
    Items: {
      InvalidationSummary: page.invalidations.map(({ invalidation, completed }) =>
        summary(invalidation, completed),
      ),
    },
  })
}

/** The answer of a call that was refused. */
export function errorXml(
  error: { code: string; status: number; message: string },
  requestId: string,
): string {
  const type = error.status < 500 ? 'Sender' : 'Receiver'
  return document('ErrorResponse', {
    Error: { Type: type, Code: error.code, Message: error.message },
    RequestId: requestId,
  })
}

function summary({ id, createdAt }: Invalidation, completed: boolean) {
  return {
    Id: id,
    Status: completed ? 'Completed' : 'InProgress',
    CreateTime: createdAt.toISOString(),
  }
}

function document(root: string, content: Record<string, unknown>): string {
  const xml = builder.build({ [root]: { '@_xmlns': namespace, ...content } })
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`
}
