import { type AuditParts, audit } from './audit.ts'
import { type Fault, faultOf } from './fault.ts'
import { listObjects } from './listing.ts'
import type { Output } from './output.ts'
import { type TakeAwayParts, takeAway } from './take-away.ts'

type Totals = Record<Fault, { variants: number; bytes: number }>

/** What an audit needs that may take away. */
export interface AuditCommandParts extends AuditParts {
  origin: AuditParts['origin'] & TakeAwayParts['origin']
  invalidations: TakeAwayParts['invalidations']
  output: Output
}

/**
 * Tells every variant at fault, and the sums; takes them away with `remove`.
 * @param counted whether to count the objects first, for the bar
 */
export async function auditCommand(
  parts: AuditCommandParts,
  { remove, counted }: { remove: boolean; counted: boolean },
): Promise<void> {
  const { config, origin, output } = parts
  const totals: Totals = {
    orphaned: { variants: 0, bytes: 0 },
    stale: { variants: 0, bytes: 0 },
    'outside the allowlist': { variants: 0, bytes: 0 },
  }
  const total = counted ? await countVariants(parts) : undefined
  let variants = 0
  let removed = 0

  for (const prefix of config.keyPrefixes) {
    for await (const { fault, ...found } of audit(parts, prefix)) {
      output.progress(++variants, total, 'variants')
      if (!fault) continue
      const { key, bytes, original } = found
      totals[fault].variants++
      totals[fault].bytes += bytes
      const stillAtFault = async () => (await faultOf(origin, found, config)) !== undefined
      const gone = remove && (await takeAway(parts, key, stillAtFault))
      if (gone) removed++
      const text = `${gone ? 'removed  ' : ''}${fault}: ${key} (${bytes} bytes)`
      output.tell({ key, original, bytes, fault, removed: gone }, text)
    }
  }
  output.finish()
  output.tell({ variants, faults: totals, removed }, summary(variants, totals, removed, remove))
}

function summary(variants: number, totals: Totals, removed: number, remove: boolean): string {
  const lines = Object.entries(totals).map(
    ([fault, sum]) => `  ${fault}: ${sum.variants} (${sum.bytes} bytes)`,
  )
  const faults = Object.values(totals).reduce((sum, { variants }) => sum + variants, 0)
  const hint = faults > 0 && !remove ? 'Nothing was removed; --delete takes them away.' : ''
  const done = remove ? `${removed} removed.` : hint
  return [`${variants} variants, of which`, ...lines, done].filter(Boolean).join('\n')
}

async function countVariants(parts: AuditCommandParts): Promise<number> {
  const { client, origin, config, output } = parts
  let count = 0
  for (const prefix of config.keyPrefixes) {
    for (const folder of await origin.variantFolders(prefix)) {
      for await (const _ of listObjects(client, config.bucket, `${prefix}${folder}/`)) {
        output.progress(++count, undefined, 'variants counted')
      }
    }
  }
  return count
}
