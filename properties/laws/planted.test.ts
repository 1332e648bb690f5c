import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine, PassCall } from '../../lib/hosts/engine.ts'
import { tensorsEngine } from '../../lib/hosts/tfjs/tensors.ts'
import {
  adam,
  chain,
  clip,
  counter,
  expr,
  type GradientTransformation,
  moment,
  opaque,
  releaseBackend,
  rule,
  scale,
  scaleByLearningRate,
  treeMap,
} from '../../lib/index.ts'
import { openEngine, testEngine } from '../devices/engines.ts'
import { adamFormula, decayFormula } from '../formulas.ts'
import { engineAgrees } from './engineAgrees.ts'
import { cellwise } from './formula.ts'
import { checkLaws, type LawsOptions, lawsOf } from './lawsOf.ts'

beforeAll(() => openEngine(testEngine('tensors')))
afterAll(releaseBackend)

/** The laws that do not hold, and what their failures say. */
const broken = async (tx: GradientTransformation, options: LawsOptions = {}): Promise<Map<string, string>> => {
  const found = new Map<string, string>()
  for (const { name, run } of lawsOf('planted', () => tx, { runs: 5, seed: 1, ...options })) {
    await run().catch((error: Error) => found.set(name.replace('planted ', ''), error.message))
  }
  return found
}

const { add, ema, div, mul, sqrt, square, sub } = expr

/** Adam as it is written in the library, with a place for a mistake. */
const adamWith = ({ correct = true, sign = 1 }) =>
  rule({
    name: 'adamWith',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, 0.9)
      const nu = ema(state.nu, square(g), 0.999)
      const corrected = correct ? div(mu, sub(1, expr.pow(0.9, count))) : mu
      const rms = sqrt(div(nu, sub(1, expr.pow(0.999, count))))
      return { u: mul(sign, div(corrected, add(rms, 1e-8))), next: { count, mu, nu } }
    },
  })

describe('a rule without a mistake', () => {
  test('breaks no law', async () => {
    expect(await broken(adamWith({}), { formula: adamFormula() })).toEqual(new Map())
  })
})

describe('a planted mistake in a rule', () => {
  test('wrong sign: breaks "means its formula"', async () => {
    const found = await broken(adamWith({ sign: -1 }), { formula: adamFormula() })
    expect([...found.keys()]).toEqual(['means its formula'])
  })

  test('wrong sign of an optimizer: breaks "goes downhill", without a formula', async () => {
    const uphill = chain(adamWith({}), scale(0.1))
    expect([...(await broken(uphill, { descends: true })).keys()]).toEqual(['goes downhill'])
    const down = chain(adamWith({}), scaleByLearningRate(0.1))
    expect(await broken(down, { descends: true })).toEqual(new Map())
  })

  test('missing bias correction: breaks "means its formula"', async () => {
    const found = await broken(adamWith({ correct: false }), { formula: adamFormula() })
    expect([...found.keys()]).toEqual(['means its formula'])
  })

  test('a claim to be pointwise that it is not: breaks the laws of leaves', async () => {
    const normalised = rule({
      name: 'normalised',
      slots: {},
      update: ({ g }) => ({ u: div(g, add(1, expr.normLeaf(g))), next: {} }),
    })
    expect([...(await broken(normalised, { pointwise: true })).keys()]).toEqual(['commutes with splitting leaves'])
    expect(await broken(normalised)).toEqual(new Map())
  })
})

/** Adamax, whose bias correction is that of `corrected(count)`, and none where that answers 0. */
const adamaxWith = (corrected: (count: ReturnType<typeof add>) => ReturnType<typeof add> | 0) =>
  rule({
    name: 'adamax',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, 0.9)
      const nu = expr.max(add(expr.abs(g), 1e-8), mul(0.999, state.nu))
      const power = corrected(count as never)
      const fixed = power === 0 ? mu : div(mu, sub(1, expr.pow(0.9, power)))
      return { u: div(fixed as never, nu), next: { count, mu, nu } }
    },
  })

const adamaxFormula = cellwise(() => {
  let [t, m, v] = [0, 0, 0]
  return (g) => {
    t++
    m = 0.9 * m + 0.1 * g
    v = Math.max(Math.abs(g) + 1e-8, 0.999 * v)
    return m / (1 - 0.9 ** t) / v
  }
})

describe('a planted mistake in the bias correction of adamax', () => {
  const right = adamaxWith((count) => count)
  const before = adamaxWith((count) => sub(count, 1) as never)
  const none = adamaxWith(() => 0)

  test('none: breaks no law with its formula, and none against itself', async () => {
    expect(await broken(right, { formula: adamaxFormula, reference: right })).toEqual(new Map())
  })

  test('that of the count before: breaks "answers finite gradients with finite updates", without a formula', async () => {
    expect([...(await broken(before)).keys()]).toContain('answers finite gradients with finite updates')
  })

  test('left out: breaks "means its formula" and "means its reference"', async () => {
    const found = await broken(none, { formula: adamaxFormula, reference: right })
    expect([...found.keys()]).toEqual(['means its formula', 'means its reference'])
  })

  test('left out, with nothing to hold it against: checkLaws says aloud what it did not check', async () => {
    const said: string[] = []
    const say = (text: string): void => void said.push(text)
    await checkLaws('adamax', () => none, { runs: 2, seed: 1, say })
    expect(said).toEqual([
      'adamax: not checked: that its updates are the right ones (give formula or reference), that its steps lower a loss (give descends).',
    ])
    await checkLaws('adamax', () => right, { runs: 2, seed: 1, say, reference: right, descends: false })
    expect(said.length).toBe(1)
  })
})

type Call = PassCall<tf.Tensor, tf.Tensor>

/** The tensors engine with one pass in it changed. */
const engineWith = (change: (call: Call) => Call) =>
  ({ ...tensorsEngine, run: (call: Call) => tensorsEngine.run(change(call)) }) as unknown as Engine<tf.Tensor, unknown>

const swap = (from: string, to: string) =>
  engineWith((call) => {
    const seen = new Map<object, object>()
    const visit = (node: unknown): unknown => {
      if (Array.isArray(node)) return node.map(visit)
      if (typeof node !== 'object' || node === null || !('kind' in node)) return node
      if (node.kind === 'input') return node
      const known = seen.get(node)
      if (known) return known
      const fields = Object.entries(node).map(([key, x]) => [key, key === 'op' && x === from ? to : visit(x)])
      const made = Object.fromEntries(fields)
      seen.set(node, made)
      return made
    }
    const outputs = call.pass.outputs.map((output) => ({ ...output, expr: visit(output.expr) as typeof output.expr }))
    return { ...call, pass: { ...call.pass, outputs } }
  })

describe('a planted mistake in an engine', () => {
  test.each([
    ['max', 'min', clip(1)],
    ['add', 'sub', adam(0.1)],
    ['div', 'mul', adam(0.1)],
    ['sqrt', 'abs', adam(0.1)],
  ] as const)('%s computed as %s: breaks "agrees with float64"', async (from, to, tx) => {
    expect([...(await broken(tx, { engine: swap(from, to), on: 'tensors', laws: [engineAgrees] })).keys()]).toContain(
      'agrees with float64',
    )
  })

  test('no mistake: breaks no law', async () => {
    expect(await broken(adam(0.1), { engine: swap('', ''), on: 'tensors', laws: [engineAgrees] })).toEqual(new Map())
  })

  test('a bias correction in float32, wrong by 1e-5: breaks "agrees with float64"', async () => {
    const rounds = engineWith((call) => ({
      ...call,
      uniforms: call.uniforms.map((x) => (typeof x === 'number' && x > 0 && x < 0.01 ? x * (1 + 1.3e-5) : x)),
    }))
    expect([...(await broken(adam(0.1), { engine: rounds, on: 'tensors', laws: [engineAgrees] })).keys()]).toEqual([
      'agrees with float64',
    ])
  })
})

const byHand = (update: (u: tf.Tensor) => tf.Tensor) =>
  opaque({ name: 'byHand', init: () => ({}), update: (updates, state) => [treeMap(updates, update), state] as const })

describe('a planted mistake by hand', () => {
  test('no mistake: breaks no law', async () => {
    expect(await broken(byHand((u) => tf.mul(u, 0.5)))).toEqual(new Map())
  })

  test('a leak: breaks "leaks nothing"', async () => {
    const found = await broken(byHand((u) => tf.mul(u, tf.keep(tf.scalar(0.5)))))
    expect([...found.keys()]).toContain('leaks nothing')
    expect(found.get('leaks nothing')).toContain('buffers alive')
  })

  test('a mutated input: breaks "leaves its inputs untouched"', async () => {
    const found = await broken(
      byHand((u) => {
        u.dataSync()[0] = 7
        return tf.mul(u, 0.5)
      }),
    )
    expect([...found.keys()]).toContain('leaves its inputs untouched')
  })

  test('chance: breaks "is deterministic"', async () => {
    const found = await broken(byHand((u) => tf.mul(u, Math.random())))
    expect([...found.keys()]).toContain('is deterministic')
  })
})

describe('a failure', () => {
  test('prints the law, seed, path, counterexample, numbers and formula', async () => {
    const wrong = rule({ name: 'decay', slots: {}, update: ({ g, p }) => ({ u: sub(g, mul(0.1, p)), next: {} }) })
    const found = await broken(wrong, { formula: decayFormula(0.1) })
    expect(found.get('means its formula')).toMatchInlineSnapshot(`
      "planted breaks the law "means its formula" on float64
      update 1, leaf 0, element 0: 0.00010000000474974513, by the formula -0.00010000000474974513
      seed 1, path 0:0:1:0:0:0:0:0:0:0:0:0:0:0:1:1:1:1:1:1:1:1:1:1:1, counterexample:
        params (root)[] = -0.0010000000474974513
        grads 1 (root)[] = 0
        grads 2 (root)[] = 0
        grads 3 (root)[] = 0
        grads 4 (root)[] = 0
      decay
        u = g − 0.1·p"
    `)
  })
})
