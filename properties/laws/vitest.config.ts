import { defineConfig } from 'vitest/config'
import every from '../../vitest.config.ts'

/** `npm run laws`: every law of every row on every engine and host, and every recorded run on every engine, where `npm test` takes some in turn. */
export default defineConfig({
  test: {
    ...every.test,
    include: [
      'properties/laws*.test.ts',
      'properties/lib/hosts/jaxjs/ownership.test.ts',
      'properties/golden/factsOnEngines.test.ts',
    ],
    env: { FOREGRAD_LAWS: 'all' },
  },
})
