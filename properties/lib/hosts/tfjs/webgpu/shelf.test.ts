/** tfjs's own store of buffers, and the shelf beside it. */
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BufferManager, type Kept, shelfOf, waits } from '../../../../../lib/hosts/tfjs/webgpu/shelf.ts'
import { describeWebgpu } from './harness.ts'

const managerNow = () => (tf.backend() as unknown as { bufferManager: Required<BufferManager> }).bufferManager
const [SIZES, USAGE] = [[64, 256], 128 | 4 | 8]

/** What tfjs counts. */
const books = ({ numFreeBuffers, numUsedBuffers, numBytesUsed }: Required<BufferManager>) => ({
  free: numFreeBuffers,
  used: numUsedBuffers,
  bytes: numBytesUsed,
})

type Act = readonly ['acquire' | 'keep' | 'take' | 'release' | 'forget', number]

describeWebgpu(() => {
  test('a buffer is never handed out while it is used, whoever asks, and tfjs’s books are right', () => {
    const acts = fc.array(
      fc.tuple(
        fc.constantFrom<Act[0]>('acquire', 'acquire', 'keep', 'take', 'release', 'release', 'forget'),
        fc.nat(30),
      ),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(acts, (given: readonly Act[]) => {
        const manager = managerNow()
        const shelf = shelfOf(manager)
        const start = books(manager)
        const used: GPUBuffer[] = []
        const kept: Kept[] = []
        const hand = (buffer: GPUBuffer): void => {
          expect(used).not.toContain(buffer)
          used.push(buffer)
        }
        for (const [act, n] of given) {
          const at = used.length === 0 ? undefined : n % used.length
          if (act === 'acquire') hand(manager.acquireBuffer(SIZES[n % SIZES.length] as number, USAGE))
          if (act === 'keep' && at !== undefined) kept.push(shelf.keep(used[at] as GPUBuffer))
          if (act === 'take') {
            const one = kept.find(waits)
            if (one) hand(shelf.take(one))
          }
          if (act === 'release' && at !== undefined) manager.releaseBuffer(used.splice(at, 1)[0] as GPUBuffer)
          if (act === 'forget' && at !== undefined) {
            const [gone] = used.splice(at, 1) as [GPUBuffer]
            shelf.forget(gone)
            manager.releaseBuffer(gone)
            expect(kept.filter(({ buffer }) => buffer === gone).some(waits)).toBe(false)
          }
          const now = books(manager)
          expect(now.used - start.used).toBe(used.length)
          expect(now.bytes - start.bytes).toBe(used.reduce((sum, { size }) => sum + size, 0))
        }
        for (const buffer of used) manager.releaseBuffer(buffer)
        expect(books(manager)).toMatchObject({ used: start.used, bytes: start.bytes })
      }),
      { numRuns: 200 },
    )
  })

  test('tfjs gets a buffer that waits before it makes another, and has it for good', () => {
    const manager = managerNow()
    const shelf = shelfOf(manager)
    const size = 4 * 4099
    const buffer = manager.acquireBuffer(size, USAGE)
    const kept = shelf.keep(buffer)
    manager.releaseBuffer(buffer)
    expect(waits(kept)).toBe(true)
    expect(manager.acquireBuffer(size, USAGE)).toBe(buffer)
    manager.releaseBuffer(buffer)
    expect(waits(kept)).toBe(false)
    expect(manager.acquireBuffer(size, USAGE)).toBe(buffer)
    manager.releaseBuffer(buffer)
  })
})
