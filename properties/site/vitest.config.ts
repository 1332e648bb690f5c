import { defineConfig } from 'vitest/config'
import every from '../../vitest.config.ts'

/** `npm run site:test`: every page of the whole site, where `npm test` builds it with a part of the reference and opens some. */
export default defineConfig({
  test: {
    ...every.test,
    include: ['properties/site/*.test.ts'],
    env: { FOREGRAD_SITE: 'all' },
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
  },
})
