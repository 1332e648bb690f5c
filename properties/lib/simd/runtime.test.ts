import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { isShared } from '../../../lib/simd/runtime.ts'

const memory = (shared: boolean): WebAssembly.Memory => new WebAssembly.Memory({ initial: 1, maximum: 1, shared })

test('a memory is shared or not, whichever realm made it', () => {
  expect([isShared(memory(false)), isShared(memory(true))]).toEqual([false, true])
  const elsewhere: typeof memory = runInNewContext(
    `(shared) => new WebAssembly.Memory({ initial: 1, maximum: 1, shared })`,
  )
  expect(elsewhere(false).buffer).not.toBeInstanceOf(ArrayBuffer)
  expect([isShared(elsewhere(false)), isShared(elsewhere(true))]).toEqual([false, true])
})
