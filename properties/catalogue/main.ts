/** Writes docs/catalogue.md: `npm run catalogue`. */
import { writeFileSync } from 'node:fs'
import { cataloguePage } from './page.ts'

writeFileSync(new URL('../../docs/catalogue.md', import.meta.url), cataloguePage())
