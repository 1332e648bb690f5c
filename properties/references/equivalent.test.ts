import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import {
  adam,
  adamL2Masked,
  adamw,
  addDecayedWeights,
  arrayStage,
  chain,
  float64,
  scale,
  scaleByAdam,
  trace,
} from '../../lib/core.ts'
import { equivalent } from './equivalent.ts'

describe('equivalent', () => {
  test('two ways to write AdamW are the same', () => {
    const written = chain(scaleByAdam(), addDecayedWeights({ weightDecay: 1e-4 }), scale(-0.1))
    expect(equivalent(adamw(0.1), written)).toEqual({ holds: true, counterexample: undefined })
  })

  test('a rate before the momentum or behind it is the same, though the states differ', () => {
    const momentum = trace({ decay: 0.9 })
    expect(equivalent(chain(momentum, scale(-0.1)), chain(scale(-0.1), momentum)).holds).toBe(true)
  })

  test('decay in the gradient is not decoupled decay; the counterexample is a test that the first passes', () => {
    const [a, b] = [adamw(0.1, { weightDecay: 0.1 }), adamL2Masked(0.1, { weightDecay: 0.1, mask: () => true })]
    const { holds, counterexample } = equivalent(a, b)
    expect(holds).toBe(false)
    const run = new Function('tx', 'float64', 'assert', 'test', counterexample as string)
    const check = (tx: unknown) => run(tx, float64, assert, (_: string, body: () => void) => body())
    check(a)
    expect(() => check(b)).toThrow(' is not ')
  })

  test('refuses stages by hand, and what is no transformation', () => {
    const stage = arrayStage({ name: 'same', init: () => ({}), update: (_, g, state) => [g, state] })
    expect(() => equivalent(adam(0.1), stage)).toThrow(expect.objectContaining({ code: 'unsupported' }))
    expect(() => equivalent(adam(0.1), 7 as never)).toThrow(expect.objectContaining({ code: 'bad-rule' }))
  })
})
