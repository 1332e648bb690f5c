import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  explain,
  ForegradError,
  lamb,
  releaseBackend,
  sgd,
  useBackend,
} from '../../../lib/index.ts'

describe('explain on wasm', () => {
  beforeAll(async () => {
    await useBackend({ prefer: ['wasm'] })
  })
  afterAll(releaseBackend)

  it('counts seven streams for adamw, eight with a forecast, eight with a clipped norm', () => {
    const bytes = [adamw(1e-3), adamw(1e-3, { predictSteps: 2 }), chain(clipByGlobalNorm(1), adamw(1e-3))].map(
      (tx) => explain(tx).bytesPerParam,
    )
    expect(bytes).toEqual([28, 32, 32])
  })

  it('says which engine runs a step, and that it is fused', () => {
    expect(explain(sgd(0.1))).toMatchObject({ engine: 'wasm', fused: true })
  })

  it('names what a pass reads, writes and reduces', () => {
    const [first, second] = explain(chain(clipByGlobalNorm(1), sgd(0.1, { momentum: 0.9 }))).passes
    expect(first).toMatchObject({ reads: ['grads'], writes: [], reductions: ['sum over the tree'] })
    expect(second?.writes.toSorted()).toEqual(["[1][0].trace'", 'params'])
  })

  it('shows the kernel of every pass', () => {
    const kernels = explain(lamb(1e-3)).passes.map(({ kernel }) => kernel)
    expect(kernels).toHaveLength(2)
    expect(kernels[0]).toContain('f32x4.sqrt')
    expect(kernels[1]).toContain('params ←')
  })

  it('asks the masks where parameters are given', () => {
    const params = { w: tf.ones([3]), b: tf.ones([1]) }
    const { passes } = explain(adamw(1e-3, { mask: { w: true, b: false } }), params)
    expect(passes.map(({ leaves }) => leaves)).toEqual([1, 1])
    tf.dispose(params)
  })

  it('reads as text', () => {
    expect(String(explain(adamw(1e-3)))).toMatch(
      /^pass 1: reads .*\n28 bytes a parameter and step\nengine wasm: one kernel a pass$/,
    )
  })

  it('refuses parameters that are none', () => {
    expect(() => explain(sgd(0.1), { w: 1 } as never)).toThrow(ForegradError)
  })
})
