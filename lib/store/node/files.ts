/** Checkpoints as files that are whole whatever happens: the old one or the new one. */

import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Excess, noExcess } from '../../data/excess.ts'
import { noPath } from '../../errors/stores.ts'
import { type LoadOptions, loadCheckpoint, type SaveOptions, saveCheckpoint } from '../checkpoint.ts'

const checkPath = (where: string, path: unknown): void => {
  if (typeof path !== 'string' || path === '') throw noPath(where, path)
}

/** Makes what was written, or renamed in a folder, last through a loss of power; not all systems open folders, nor need it. */
const flush = async (path: string): Promise<void> => {
  const handle = await open(path, 'r').catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

/**
 * Writes a tree or train state into a safetensors file, as `saveCheckpoint`. The bytes go to a file beside it, are flushed to the disk and renamed: who
 * is killed at any point leaves the old file or the new one, whole; in the first case perhaps a file `….tmp` beside it, too.
 *
 * Errors: those of `saveCheckpoint`, before a file is touched; the system's own where it cannot write, and then nothing stays but the old file.
 */
export const writeCheckpoint = async (
  path: string,
  tree: unknown,
  options: SaveOptions = {},
  ...excess: Excess
): Promise<void> => {
  noExcess('writeCheckpoint', excess)
  checkPath('writeCheckpoint', path)
  const bytes = await saveCheckpoint(tree, options)
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const handle = await open(temporary, 'wx')
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await flush(dirname(path))
}

/** The tree in a file that `writeCheckpoint` or safetensors wrote, as `loadCheckpoint` reads its bytes. Errors: those of `loadCheckpoint`, and the system's. */
export const readCheckpoint = async <T = unknown>(
  path: string,
  options: LoadOptions<T> = {},
  ...excess: Excess
): Promise<T> => {
  noExcess('readCheckpoint', excess)
  checkPath('readCheckpoint', path)
  const bytes = await readFile(path)
  return loadCheckpoint<T>(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), options)
}
