import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { access, mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createCatalogue, FileReplaced } from './bucket/catalogue.ts'
import { type ChangeTimes, createChanges } from './bucket/changes.ts'
import { copyBeside } from './bucket/copy-beside.ts'
import { errorCode, fileIdentity, isMissing } from './bucket/file-identity.ts'
import { createFileNames } from './bucket/file-names.ts'
import { list } from './bucket/listing.ts'
import { createLock } from './bucket/locks.ts'
import { type Log, silent } from './bucket/log.ts'
import { openBody } from './bucket/object-body.ts'
import { createObjectFiles, fileAt, type Located } from './bucket/object-files.ts'
import { createSidecars, type Version } from './bucket/sidecars.ts'
import { type Staged, stage } from './bucket/staging.ts'
import { prepareTemporary } from './bucket/temporary.ts'
import { createTree } from './bucket/tree.ts'
import {
  type Bucket,
  type BucketCondition,
  BucketConditionFailed,
  type ObjectInfo,
  type WriteAttributes,
} from './bucket.ts'

/** How often a file may be replaced while it is looked at. */
const attempts = 16

/**
 * Opens the bucket `name`: the objects are the files in `<dataDirectory>/<name>`, and what else is
 * known of them is in `<dataDirectory>/.objects/<name>`. Both are made if they are not there.
 * @throws an error that names the folder, when it cannot be made, read or written
 */
export async function openBucket(
  dataDirectory: string,
  name: string,
  options: Partial<ChangeTimes> & { log?: Log } = {},
): Promise<Bucket> {
  const { log = silent, settleMs = 250, rescanMs = 15_000 } = options
  const root = join(dataDirectory, name)
  const stateDirectory = join(dataDirectory, '.objects', name)
  for (const folder of [root, stateDirectory]) await prepareFolder(folder)
  const temporary = await prepareTemporary(root, stateDirectory)

  const lock = createLock()
  const names = createFileNames(join(stateDirectory, 'names'))
  const files = createObjectFiles(root, names, lock)
  const catalogue = createCatalogue(createSidecars(join(stateDirectory, 'sidecars'), log))
  const tree = createTree(root, names)
  const describe = (key: string, { path, stats }: Located) => catalogue.describe(key, path, stats)
  const changes = createChanges(
    { tree, names, locate: files.locate, describe },
    { logPath: join(stateDirectory, 'told.jsonl'), log, settleMs, rescanMs },
  )

  const head = (key: string): Promise<ObjectInfo | undefined> =>
    whileReplaced(async () => {
      const located = files.locate(key)
      return located && describe(key, located)
    })

  const commit = async (
    key: string,
    staged: Staged,
    { etag, ...attributes }: WriteAttributes,
    condition: BucketCondition | undefined,
  ): Promise<ObjectInfo> => {
    if (condition) check(key, await head(key), condition)
    const md5 = staged.md5 ?? /^"([0-9a-f]{32})"$/.exec(etag ?? '')?.[1]
    const version: Version = {
      file: fileIdentity(staged.stats),
      etag: etag ?? `"${md5}"`,
      ...(md5 !== undefined && { md5 }),
      attributes,
    }
    catalogue.announce(key, version, files.locate(key)?.stats)
    const info = await describe(key, staged)
    await files.place(staged.path, key)
    changes.created(info, version.file)
    return info
  }

  /** As `commit`, where a folder of the bucket is on another file system than the bucket, too. */
  const commitAnywhere: typeof commit = async (key, staged, attributes, condition) => {
    try {
      return await commit(key, staged, attributes, condition)
    } catch (error) {
      if (errorCode(error) !== 'EXDEV') throw error
    }
    const copy = await files.inFolderOf(key, (folder) => copyBeside(staged.path, folder, temporary))
    try {
      return await commit(key, { ...staged, ...copy }, attributes, condition)
    } finally {
      await copy.end()
      await rm(staged.path, { force: true })
    }
  }

  return {
    name,
    created: (await stat(root)).birthtime,
    stateDirectory,
    head,
    read: (key, range) =>
      whileReplaced(async () => {
        const located = files.locate(key)
        if (!located) return undefined
        const file = openSync(located.path, 'r')
        try {
          const info = await describe(key, { path: located.path, stats: fstatSync(file) })
          const part = range?.(info) ?? { start: 0, end: info.bytes - 1 }
          return { info, body: openBody(file, part.start, part.end + 1) }
        } catch (error) {
          closeSync(file)
          throw error
        }
      }),
    async write(key, body, attributes, condition) {
      const md5 = typeof attributes === 'function' || attributes.etag === undefined
      const staged = await stage(temporary, body, { md5 })
      try {
        const given = typeof attributes === 'function' ? attributes() : attributes
        return await lock(key, () => commitAnywhere(key, staged, given, condition))
      } catch (error) {
        await rm(staged.path, { force: true })
        throw error
      }
    },
    remove: (key, condition) =>
      lock(key, async () => {
        if (!files.locate(key)) return false
        if (condition) check(key, await head(key), condition)
        await files.unlink(key)
        catalogue.forget(key)
        changes.removed(key)
        return true
      }),
    list: (query = {}) =>
      list(
        tree,
        // The file that the walk met is all but always the object: `head` is for when it went.
        async ({ key, path }) => {
          const stats = fileAt(path)
          if (!stats) return head(key)
          return describe(key, { path, stats }).catch(() => head(key))
        },
        query,
      ),
    onChange: changes.onChange,
    close: changes.close,
  }
}

function check(key: string, present: ObjectInfo | undefined, condition: BucketCondition): void {
  const holds =
    'ifAbsent' in condition ? present === undefined : present?.etag === condition.ifMatch
  if (!holds) throw new BucketConditionFailed(key, present)
}

/** Looks again as long as the file goes between two looks at it. */
async function whileReplaced<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await look()
    } catch (error) {
      const isReplaced = error instanceof FileReplaced || isMissing(error)
      if (!isReplaced || attempt === attempts) throw error
    }
  }
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`The folder ${folder} cannot be used: ${reason}`, { cause: error })
  }
}
