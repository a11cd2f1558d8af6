import { randomBytes } from 'node:crypto'
import { isValidItem } from './invalidation-items.ts'

/** What a caller asks to be invalidated. */
export interface InvalidationBatch {
  callerReference: string
  items: readonly string[]
}

/** An invalidation as CloudFront reports it. */
export interface Invalidation extends InvalidationBatch {
  id: string
  createdAt: Date
}

/** The API refused; `code`, `status` and `message` are what it answers. */
export class CloudFrontError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, status: number, message: string) {
    super(message)
    this.name = 'CloudFrontError'
    this.code = code
    this.status = status
  }
}

/** The invalidations of one distribution. */
export interface Invalidations {
  /**
   * Invalidates a batch; a repetition with the same reference and items is given the old one.
   * @throws CloudFrontError
   */
  create(batch: InvalidationBatch): Invalidation
  isCompleted(invalidation: Invalidation): boolean
  /** All that were created, the oldest first. */
  readonly all: readonly Invalidation[]
}

// Quotas of the CloudFront Developer Guide: paths and wildcards in progress at once.
const maxPathsInProgress = 3000
const maxWildcardsInProgress = 15

/**
 * @param options.invalidate drops the items from the cache, at once
 * @param options.inProgressMs how long an invalidation counts as in progress
 * @param options.tags whether `#`-led cache tags are taken
 */
export function createInvalidations(options: {
  invalidate: (items: readonly string[]) => void
  inProgressMs: number
  tags: boolean
  now: () => number
}): Invalidations {
  const all: Invalidation[] = []
  const byReference = new Map<string, Invalidation>()

  const isCompleted = (invalidation: Invalidation): boolean =>
    options.now() - invalidation.createdAt.getTime() >= options.inProgressMs

  function checkRoom(items: readonly string[]): void {
    const inProgress = all.filter((one) => !isCompleted(one)).flatMap((one) => one.items)
    const wildcards = [...inProgress, ...items].filter((item) => item.endsWith('*')).length
    const paths = inProgress.length + items.length - wildcards
    if (paths <= maxPathsInProgress && wildcards <= maxWildcardsInProgress) return
    throw new CloudFrontError(
      'TooManyInvalidationsInProgress',
      400,
      'Processing your request will cause you to exceed the maximum number of in-progress wildcard invalidations or paths.',
    )
  }

  return {
    all,
    isCompleted,
    create({ callerReference, items }) {
      checkBatch(items, options)
      const former = byReference.get(callerReference)
      if (former) return repeated(former, items)
      checkRoom(items)
      const invalidation: Invalidation = {
        id: `I${randomBytes(13).toString('hex').toUpperCase().slice(0, 25)}`,
        createdAt: new Date(options.now()),
        callerReference,
        items: [...items],
      }
      all.push(invalidation)
      byReference.set(callerReference, invalidation)
      options.invalidate(items)
      return invalidation
    },
  }
}

function checkBatch(items: readonly string[], options: { tags: boolean }): void {
  if (items.length > maxPathsInProgress) {
    throw new CloudFrontError('BatchTooLarge', 413, 'Invalidation batch specified is too large.')
  }
  if (items.length === 0 || !items.every((item) => isValidItem(item, options))) {
    throw new CloudFrontError(
      'InvalidArgument',
      400,
      'Your request contains one or more invalid invalidation paths.',
    )
  }
}

function repeated(former: Invalidation, items: readonly string[]): Invalidation {
  const same = [...former.items].sort().join('\n') === [...items].sort().join('\n')
  if (same) return former
  throw new CloudFrontError(
    'InvalidationBatchAlreadyExists',
    409,
    'The caller reference that you are using belongs to another invalidation batch.',
  )
}
