import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** What is written by hand for the site. */
export const site = fileURLToPath(new URL('.', import.meta.url))

/** The Markdown that VitePress reads, made by `stage`. */
export const staged = join(site, '.cache/pages')

/** Files that are copied as they are. */
export const publicFolder = join(site, '.cache/public')

/** The finished site: static files. */
export const finished = join(site, 'dist')

/** KaTeX's style sheet and fonts with the letters that are used, made by `writeSite`. */
export const mathFonts = join(site, '.cache/katex')

/** The menu of the reference, made by `stage`. */
export const menuFile = join(site, '.cache/menu.json')

/** What `npm run site:test` saw of each page, for `npm run site:figures`. */
export const looksFile = join(site, '.cache/looks.json')

/** What `npm run site:lighthouse` was told, for the same. */
export const lighthouseFile = join(site, '.cache/lighthouse.json')

/** What `npm run site:times` took, for the same. */
export const timesFile = join(site, '.cache/times.json')

/** The playground's sources, with their own configuration of Vite. */
export const playground = join(root, 'examples/playground')
