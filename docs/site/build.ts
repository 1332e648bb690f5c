import { flagsOf } from '../../examples/flags.ts'
import { writeSite } from './writeSite.ts'

/** `npm run site:build`: writes the static site to docs/site/dist. */
const about = 'Writes the site of the docs to docs/site/dist, for any server of static files.'
flagsOf({ name: 'site:build', about, table: {} })
await writeSite()
console.log(
  'Written to docs/site/dist. Any server of static files can have it; FOREGRAD_SITE_BASE=/folder/ says where on it.',
)
