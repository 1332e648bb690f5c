import { join, resolve } from 'node:path'
import { build as bundle } from 'vite'
import { build } from 'vitepress'
import { lettersIn, writeMathFonts } from './mathFonts.ts'
import { whyNotOwn } from './ownFolder.ts'
import { finished, playground, site } from './places.ts'
import { referencePages } from './reference.ts'
import { stage } from './stage.ts'
import { describedBy, entries } from './typedoc.ts'

export interface SiteOptions {
  /** Where it is written. Default: docs/site/dist. */
  readonly folder?: string
  /** The entry points that the reference describes. Default: all. */
  readonly reference?: readonly string[]
}

/**
 * Writes the static site: the pages by VitePress, and beside them the playground by Vite.
 *
 * Errors: a folder with other files than a site's, since they would be deleted.
 */
export const writeSite = async ({
  folder = finished,
  reference = Object.keys(entries),
}: SiteOptions = {}): Promise<void> => {
  const fault = whyNotOwn(folder)
  if (fault !== undefined) throw new Error(fault)
  await writeMathFonts(lettersIn(stage(referencePages(await describedBy(reference)))))
  await build(site, { outDir: resolve(folder) })
  await bundle({
    configFile: join(playground, 'vite.config.ts'),
    logLevel: 'warn',
    define: { inSite: 'true' },
    build: { outDir: join(resolve(folder), 'playground'), emptyOutDir: true },
  })
}
