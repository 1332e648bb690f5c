/** Writes docs/catalogue.md: `npm run catalogue`. */
import { writeFileSync } from 'node:fs'
import { runCommand } from '../../examples/flags.ts'
import { cataloguePage } from './page.ts'

const about = 'Writes docs/catalogue.md.'

process.exitCode = await runCommand({ name: 'catalogue', about, table: {} }, process.argv.slice(2), async () => {
  writeFileSync(new URL('../../docs/catalogue.md', import.meta.url), cataloguePage())
  return 0
})
