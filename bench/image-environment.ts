/**
 * What the image of the service sets for the process: the `ENV` of the Dockerfile's last stage, to
 * which a test holds it.
 */
export const imageEnvironment = {
  NODE_ENV: 'production',
  MALLOC_ARENA_MAX: '2',
  NODE_OPTIONS: '--max-semi-space-size=4',
} as const

const { NODE_ENV, MALLOC_ARENA_MAX } = imageEnvironment

/** The part of it that others are given too; their heap is left as V8 likes it. */
export const fairEnvironment = { NODE_ENV, MALLOC_ARENA_MAX } as const
