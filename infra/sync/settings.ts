import { type Environment, readSettings, required, SettingsError } from '../../service/settings.ts'
import { sharedSettings } from '../../service/shared-settings.ts'

/** What the environment of the Lambda says, checked and frozen. */
export type SyncSettings = ReturnType<typeof readSyncSettings>

/**
 * Reads the Lambda's environment; the only place that knows it.
 * @throws SettingsError with every fault at once
 */
export function readSyncSettings(env: Environment) {
  const settings = readSettings(env, {
    ...sharedSettings,
    originalBucket: required('ORIGINAL_BUCKET', 'the name of the bucket of the originals'),
  })
  if (settings.originalBucket === settings.bucket) {
    throw new SettingsError(['ORIGINAL_BUCKET: must be another bucket than BUCKET'])
  }
  return settings
}
