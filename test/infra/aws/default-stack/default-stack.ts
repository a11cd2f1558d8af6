import { synthesise } from '../synthesised.ts'

/** The stack made without props, synthesised once for all who look at it. */
export const { template, warnings } = synthesise()
