import { writeSite } from './writeSite.ts'

/** `npm run site:build`: writes the static site to docs/site/dist. */
await writeSite()
console.log(
  'Written to docs/site/dist. Any server of static files can have it; FOREGRAD_SITE_BASE=/folder/ says where on it.',
)
