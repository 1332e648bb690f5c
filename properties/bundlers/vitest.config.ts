import { defineConfig } from 'vitest/config'
import every from '../../vitest.config.ts'

/** `npm run bundlers`: what installs tools, in a command of its own. */
export default defineConfig({
  test: { ...every.test, include: ['properties/bundlers/*.spec.ts'], testTimeout: 120_000, hookTimeout: 300_000 },
})
