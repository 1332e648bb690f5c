import type { Shape } from './contestants.ts'
import { openPython } from './python.ts'
import type { Party, Times } from './timing.ts'

/** Python with jax and optax, or torch, or both, in a process of its own. */
export interface Native {
  /** `jax 0.10.2`, … */
  readonly versions: readonly string[]
  /** AdamW of all there are, or another optimizer of optax by its name in native.py. */
  readonly party: (shape: Shape, optimizer?: string) => Party
  readonly close: () => void
}

/** Starts Python: `$FOREGRAD_PYTHON`, or `python3`. */
export const openNative = async (): Promise<Native> => {
  const { versions, ask, close } = await openPython('native.py')
  return {
    versions,
    party: (shape, optimizer = 'adamw') => ({
      burst: async (time) => (await ask({ ...shape, optimizer, seconds: time / 1000 })) as Times,
    }),
    close,
  }
}
