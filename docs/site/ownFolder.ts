import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** What is wrong with a folder to write the site to: all that lies in it would be deleted. Undefined for a new or empty one, and for an old site. */
export const whyNotOwn = (folder: string): string | undefined => {
  if (folder === '') return 'expected a folder, got nothing.'
  if (!existsSync(folder) || existsSync(join(folder, 'hashmap.json')) || readdirSync(folder).length === 0)
    return undefined
  return `${folder}: expected a new or empty folder, or a site that was written before, got one with other files, which would be deleted.`
}
