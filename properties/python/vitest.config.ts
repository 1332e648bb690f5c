import { defineConfig } from 'vitest/config'
import every from '../../vitest.config.ts'

/** `npm run python`: every row of the catalogue under JAX, some minutes for each dtype and number of devices. */
export default defineConfig({
  test: { ...every.test, include: ['properties/lib/python/*.test.ts'], env: { FOREGRAD_EVERY_ROW: 'true' } },
})
