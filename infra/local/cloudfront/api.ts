import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { befall } from '../fault-response.ts'
import type { Faults } from '../faults.ts'
import { targetOf } from '../request-path.ts'
import {
  apiVersion,
  errorXml,
  invalidationListXml,
  invalidationXml,
  parseInvalidationBatch,
} from './api-xml.ts'
import { CloudFrontError, type Invalidations } from './invalidations.ts'

/** What the control API works on; `callsPerSecond` may be changed while it runs. */
export interface CloudFrontApiOptions {
  distributionId: string
  invalidations: Invalidations
  /** Calls of CreateInvalidation that are taken in a second; undefined: all. */
  rate: { callsPerSecond: number | undefined }
  faults: Faults
  now: () => number
}

interface Answer {
  status: number
  xml: string
  location?: string
}

const operationPath = new RegExp(`^/${apiVersion}/distribution/([^/]+)/invalidation(?:/([^/]+))?$`)

/** Whether a request is for this API and not for the S3 API on the same port. */
export function isCloudFrontRequest(request: IncomingMessage): boolean {
  return targetOf(request).path.startsWith(`/${apiVersion}/`)
}

/**
 * The invalidation calls of CloudFront's control API: CreateInvalidation, GetInvalidation and
 * ListInvalidations in the REST-XML form that the AWS SDK speaks.
 */
export function createCloudFrontApi(options: CloudFrontApiOptions): RequestListener {
  const admit = createRateLimit(options.rate, options.now)
  return (request, response) => {
    const requestId = randomUUID()
    handle(request, response, options, admit)
      .catch((error: unknown) => refusal(error, requestId))
      .then((answer) => answer && send(response, answer, requestId))
      .catch(() => response.destroy())
  }
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  options: CloudFrontApiOptions,
  admit: () => void,
): Promise<Answer | undefined> {
  const { path, query } = targetOf(request)
  const [, distribution, id] = operationPath.exec(path) ?? []
  const call = `${request.method} ${id === undefined ? 'all' : 'one'}`
  const operation = operations[call]
  if (distribution === undefined || !operation) {
    throw new CloudFrontError('InvalidAction', 404, `${request.method} ${path} is not offered.`)
  }
  const body = await text(request)
  const fate = await befall(options.faults, { operation: operation.name }, response)
  if (fate === 'drop') return undefined
  if (fate !== 'answer') throw new CloudFrontError(fate.code, fate.status, fate.message)
  if (distribution !== options.distributionId) {
    throw new CloudFrontError('NoSuchDistribution', 404, 'The distribution does not exist.')
  }
  if (operation === operations['POST all']) admit()
  return operation.run(options.invalidations, { id: id ?? '', body, query, path })
}

interface Call {
  id: string
  body: string
  query: string | undefined
  path: string
}

interface Operation {
  name: string
  run(invalidations: Invalidations, call: Call): Answer
}

const operations: Record<string, Operation> = {
  'POST all': { name: 'CreateInvalidation', run: create },
  'GET one': { name: 'GetInvalidation', run: get },
  'GET all': { name: 'ListInvalidations', run: list },
}

function create(invalidations: Invalidations, { body, path }: Call): Answer {
  const invalidation = invalidations.create(parseInvalidationBatch(body))
  return {
    status: 201,
    location: `https://cloudfront.amazonaws.com${path}/${invalidation.id}`,
    xml: invalidationXml(invalidation, invalidations.isCompleted(invalidation)),
  }
}

function get(invalidations: Invalidations, { id }: Call): Answer {
  const invalidation = invalidations.all.find((one) => one.id === id)
  if (!invalidation) {
    throw new CloudFrontError('NoSuchInvalidation', 404, 'The invalidation does not exist.')
  }
  return {
    status: 200,
    xml: invalidationXml(invalidation, invalidations.isCompleted(invalidation)),
  }
}

function list(invalidations: Invalidations, { query }: Call): Answer {
  const parameters = new URLSearchParams(query)
  const marker = parameters.get('Marker') ?? ''
  const maxItems = Math.min(Number(parameters.get('MaxItems') ?? 100) || 100, 100)
  const newestFirst = [...invalidations.all].reverse()
  const start = marker === '' ? 0 : newestFirst.findIndex(({ id }) => id === marker) + 1
  const page = newestFirst.slice(start, start + maxItems)
  const isLast = start + maxItems >= newestFirst.length
  const xml = invalidationListXml({
    marker,
    maxItems,
    nextMarker: isLast ? undefined : page.at(-1)?.id,
    invalidations: page.map((invalidation) => ({
      invalidation,
      completed: invalidations.isCompleted(invalidation),
    })),
  })
  return { status: 200, xml }
}

/** Throws `Throttling` for every call beyond the rate, counted over the last second. */
function createRateLimit(rate: { callsPerSecond: number | undefined }, now: () => number) {
  let admitted: number[] = []
  return () => {
    if (rate.callsPerSecond === undefined) return
    admitted = admitted.filter((time) => now() - time < 1000)
    if (admitted.length >= rate.callsPerSecond) {
      throw new CloudFrontError('Throttling', 400, 'Rate exceeded')
    }
    admitted.push(now())
  }
}

function refusal(error: unknown, requestId: string): Answer {
  const known =
    error instanceof CloudFrontError
      ? error
      : new CloudFrontError('InternalError', 500, 'The call failed inside the API.')
  return { status: known.status, xml: errorXml(known, requestId) }
}

function send(response: ServerResponse, answer: Answer, requestId: string): void {
  response.writeHead(answer.status, {
    'content-type': 'text/xml',
    'content-length': Buffer.byteLength(answer.xml),
    'x-amzn-requestid': requestId,
    ...(answer.location && { location: answer.location }),
  })
  response.end(answer.xml)
}
