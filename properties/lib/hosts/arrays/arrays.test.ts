import { afterEach, describe, expect, test, vi } from 'vitest'
import { createArrays, ndarray } from '../../../../lib/arrays.ts'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  ForegradError,
  float64,
  type GradientTransformation,
  lamb,
  masked,
  opaque,
  partition,
  scale,
  scaleByTrustRatio,
  sgd,
  type Tree,
  trace,
  treeMap,
} from '../../../../lib/core.ts'
import { arraysCounters } from '../../../../lib/hosts/arrays/engine.ts'
import type { ArrayLeaf } from '../../../../lib/hosts/arrays/leaf.ts'
import type { FloatLeaf } from '../../../../lib/stage/handWritten.ts'

const numbers = {
  w: [
    [0.5, -1],
    [2, 0.25],
  ],
  b: [1, 2, 3, 4, -5],
  s: 0.5,
}
type Model = { readonly w: ArrayLeaf; readonly b: ArrayLeaf; readonly s: ArrayLeaf }
const gradsAt = (t: number) => ({
  w: [
    [0.1 * t, -0.2],
    [0.3, 1 / (t + 1)],
  ],
  b: [t, -1, 0.5, 0, 2],
  s: -t / 10,
})
/** The same as a user of plain arrays has them. */
const plain = (grads: ReturnType<typeof gradsAt>) => ({
  w: Float32Array.from(grads.w.flat()),
  b: Float32Array.from(grads.b),
  s: grads.s,
})

const closeTo = (found: Model, meant: unknown): void => {
  const { w, b, s } = meant as typeof numbers
  const wanted = [...w.flat(), ...b, s]
  const got = [...found.w.data, ...found.b.data, ...found.s.data]
  got.forEach((x, i) => {
    expect(Math.abs(x - (wanted[i] as number))).toBeLessThan(2e-6 * Math.max(1, Math.abs(wanted[i] as number)))
  })
}

const byRank = (params: unknown) => {
  const { w, b, s } = params as { w: { shape: unknown[] }; b: { shape: unknown[] }; s: { shape: unknown[] } }
  const label = ({ shape }: { shape: unknown[] }) => (shape.length === 2 ? 'matrix' : 'rest')
  return { w: label(w), b: label(b), s: label(s) }
}
const transformations: Readonly<Record<string, () => GradientTransformation<unknown>>> = {
  adamw: () => adamw(1e-2),
  'adamw with a forecast': () => adamw(1e-2, { predictSteps: 2 }),
  'clip by the global norm, then adamw': () => chain(clipByGlobalNorm(1), adamw(1e-2)),
  lamb: () => lamb(1e-2),
  masked: () => masked(scale(-0.1), { w: true, b: false, s: true }),
  partition: () => partition({ matrix: adamw(1e-2), rest: sgd(0.1, { momentum: 0.9 }) }, byRank as never),
}

describe.each(Object.entries(transformations))('%s', (_, make) => {
  test.each([false, true])('thirty steps are those of float64, donated: %s', (donate) => {
    const tx = make()
    const arrays = createArrays()
    const meaning = float64(tx)
    let meant: { params: unknown; state: unknown } = { params: numbers, state: meaning.init(numbers) }
    let params = arrays.from(numbers) as Model
    let state = arrays.init(tx, params)
    const alive = arrays.memory()
    for (let t = 0; t < 30; t++) {
      meant = meaning.step(gradsAt(t), meant.state, meant.params as typeof numbers)
      const next = arrays.step(tx, plain(gradsAt(t)), state, params, { donate })
      if (!donate) arrays.dispose([params, state])
      params = next.params
      state = next.state
      expect(arrays.memory()).toEqual(alive)
    }
    closeTo(params, meant.params)
  })
})

/** A quadratic with its gradient, by hand. */
const quadratic = ({ w }: { w: ArrayLeaf }) => {
  const grads = new Float32Array(w.size)
  let value = 0
  w.data.forEach((x, i) => {
    value += (x * x) / 2
    grads[i] = x
  })
  return { value, grads: { w: grads } }
}

describe('a training loop', () => {
  test.each([1, 100, 1000, 5000])('holds as many blocks after 1,000 donated steps as after one, %i numbers', (size) => {
    const arrays = createArrays()
    const trainer = arrays.withLookaheadGradient(quadratic, adamw(1e-2, { predictSteps: 2 }), { donate: true })
    let { train, value: first } = trainer.step(trainer.init(arrays.from({ w: new Float32Array(size).fill(3) })))
    const before = arrays.memory()
    let last = first
    for (let t = 0; t < 1000; t++) ({ train, value: last } = trainer.step(train))
    expect(arrays.memory()).toEqual(before)
    expect(last).toBeLessThan(first / 100)
    arrays.dispose(train)
    expect(arrays.memory()).toMatchObject({ numArrays: 0, numBytes: 0 })
  })

  test('takes the forecast of float64', () => {
    const tx = adamw(1e-2, { predictSteps: 3 })
    const arrays = createArrays()
    const trainer = arrays.withLookaheadGradient(quadratic, tx, { donate: true })
    const meaning = float64(tx)
    let meant = { params: { w: [3, -2, 1] }, state: meaning.init({ w: [3, -2, 1] }), ahead: { w: [3, -2, 1] } }
    let train = trainer.init(arrays.from({ w: [3, -2, 1] }))
    for (let t = 0; t < 50; t++) {
      meant = meaning.step(meant.ahead, meant.state, meant.params) as typeof meant
      train = trainer.step(train).train
    }
    train.ahead.w.data.forEach((x, i) => {
      expect(x).toBeCloseTo(meant.ahead.w[i] as number, 5)
    })
  })

  test('leaves gradients that are arrays to their owner', () => {
    const arrays = createArrays()
    const grads = arrays.from({ w: [0, 0] })
    const trainer = arrays.withGradient(
      ({ w }: { w: ArrayLeaf }) => {
        grads.w.data.set(w.data)
        return { value: 0, grads }
      },
      sgd(0.5),
      { donate: true },
    )
    let train = trainer.init(arrays.from({ w: [8, -4] }))
    for (let t = 0; t < 3; t++) ({ train } = trainer.step(train))
    expect([...train.params.w.data]).toEqual([1, -0.5])
    expect([...grads.w.data]).toEqual([2, -1])
  })

  test('refuses a state that a donated step consumed, and a chain whose forecast would be dropped', () => {
    const arrays = createArrays()
    const trainer = arrays.withGradient(quadratic, adamw(1e-2), { donate: true })
    const train = trainer.init(arrays.from({ w: [1] }))
    trainer.step(train)
    expect(() => trainer.step(train)).toThrow(expect.objectContaining({ code: 'consumed-state' }))
    expect(() => arrays.withGradient(quadratic, adamw(1e-2, { predictSteps: 1 }))).toThrow(ForegradError)
    expect(() => arrays.withLookaheadGradient(quadratic, adamw(1e-2))).toThrow(/expected a mark/)
  })

  test('refuses what is no value and gradients, and keeps the train state', () => {
    const arrays = createArrays()
    const trainer = arrays.withGradient((_: { w: ArrayLeaf }) => ({ value: 'x' }) as never, adamw(1e-2), {
      donate: true,
    })
    const train = trainer.init(arrays.from({ w: [1] }))
    const before = arrays.memory()
    expect(() => trainer.step(train)).toThrow(/value: expected a number.*\n.*grads: expected a tree of gradients/)
    expect(arrays.memory()).toEqual(before)
    expect([...train.params.w.data]).toEqual([1])
  })
})

describe('memory', () => {
  test('that grows between calls leaves every array as it was', () => {
    const arrays = createArrays()
    const tx = adamw(1e-2)
    let params = arrays.from({ w: Float32Array.of(1, 2, 3) })
    let state = arrays.init(tx, params)
    const view = params.w.data
    const reserved = arrays.memory().reservedBytes
    const more = arrays.from(Array.from({ length: 8 }, () => new Float32Array(100_000).fill(7)))
    expect(arrays.memory().reservedBytes).toBeGreaterThan(reserved)
    expect(view.length).toBe(0)
    expect([...params.w.data]).toEqual([1, 2, 3])
    for (let t = 0; t < 3; t++) ({ params, state } = arrays.step(tx, { w: [1, 1, 1] }, state, params, { donate: true }))
    expect(params.w.data[0]).toBeCloseTo(0.97, 4)
    expect(more.every(({ data }) => data.every((x) => x === 7))).toBe(true)
  })

  test('of two instances is apart, and an array of one is none of the other', () => {
    const [one, two] = [createArrays(), createArrays()]
    const tx = adamw(1e-2)
    const [a, b] = [one.from({ w: [1, 2] }), two.from({ w: [1, 2] })]
    const [left, right] = [one.init(tx, a), two.init(tx, b)]
    one.step(tx, { w: [1, 1] }, left, a, { donate: true })
    expect([...b.w.data]).toEqual([1, 2])
    expect(() => two.step(tx, { w: [1, 1] }, right, a)).toThrow(/params\.w: .*an array of another instance/)
    expect([...two.from(a).w.data]).toEqual([...a.w.data])
    two.dispose(a)
    expect(one.memory().numArrays).toBe(3)
  })

  test('of an array that was given back cannot be read', () => {
    const arrays = createArrays()
    const tree = arrays.from({ w: [1] })
    arrays.dispose(tree)
    arrays.dispose(tree)
    expect(() => tree.w.data).toThrow(expect.objectContaining({ code: 'disposed-tensor' }))
    expect(() => arrays.init(adamw(1e-2), tree)).toThrow(expect.objectContaining({ code: 'disposed-tensor' }))
    expect(() => arrays.from(tree)).toThrow(/from\.w: .*given back/)
    expect(arrays.memory().numArrays).toBe(0)
  })
})

describe('numbers', () => {
  test('come in as they are given, in their shapes', () => {
    const arrays = createArrays()
    const given = { a: Float32Array.of(1, 2), b: ndarray(Float64Array.of(1, 2, 3, 4), [2, 2]), c: 5, d: [[1], [2]] }
    const { a, b, c, d } = arrays.from(given)
    expect([a, b, c, d].map(({ shape }) => shape)).toEqual([[2], [2, 2], [], [2, 1]])
    expect([...b.data]).toEqual([1, 2, 3, 4])
    expect(arrays.from(ndarray(Float32Array.of(1, 2), [1, 2])).shape).toEqual([1, 2])
  })

  test('that are none are told by path, all at once, and nothing is left', () => {
    const arrays = createArrays()
    expect(() => arrays.from({ a: 'one', b: [Float32Array.of(1), null], c: [1] })).toThrow(/from\.a.*\n.*from\.b\[1\]/)
    expect(() => arrays.from({})).toThrow(/at least one leaf/)
    expect(arrays.memory().numArrays).toBe(0)
  })

  test('as gradients of a wrong size are told by path, and nothing is written', () => {
    const arrays = createArrays()
    const tx = adamw(1e-2)
    const params = arrays.from({ w: [1, 2, 3], b: [4] })
    const state = arrays.init(tx, params)
    const before = arrays.memory()
    const bad = { w: new Float32Array(2), b: new Float32Array(1) }
    expect(() => arrays.step(tx, bad, state, params, { donate: true })).toThrow(/updates\.w: .*a Float32Array of 2/)
    expect(arrays.memory()).toEqual(before)
    expect([...params.w.data]).toEqual([1, 2, 3])
  })

  test('update without parameters, and add to them', () => {
    const arrays = createArrays()
    const tx = sgd(0.5)
    const params = arrays.from({ w: [1, 2] })
    const [updates] = arrays.update(tx, { w: Float32Array.of(2, 4) }, arrays.init(tx, params))
    expect([...(arrays.applyUpdates(params, updates).w as ArrayLeaf).data]).toEqual([0, 0])
    expect([...(arrays.applyUpdates(params, { w: [1, 1] }).w as ArrayLeaf).data]).toEqual([2, 3])
  })
})

describe('norms', () => {
  test.each([
    ['far above', 1e30],
    ['far below', 1e-30],
  ])('of numbers %s what float32 can square are those of float64', (_, unit) => {
    const arrays = createArrays()
    const tx = chain(clipByGlobalNorm(unit), scaleByTrustRatio())
    const [g, p] = [
      [3, -4, 12],
      [2, 3, -6],
    ].map((numbers) => numbers.map((x) => Math.fround(x * unit))) as [number[], number[]]
    const params = arrays.from({ w: p })
    const [updates] = arrays.update(tx, { w: Float32Array.from(g) }, arrays.init(tx, params), params)
    const [meant] = float64(tx).update({ w: g }, float64(tx).init({ w: p }), { w: p })
    const far = [...(updates.w as ArrayLeaf).data].map((u, i) => Math.abs(u / (meant as { w: number[] }).w[i]! - 1))
    expect(Math.max(...far)).toBeLessThan(1e-6)
  })
})

describe('without', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.resetModules()
  })

  test('a kernel a pass is its float64 meaning, rounded', () => {
    vi.spyOn(WebAssembly, 'Module').mockImplementation(function none() {
      throw new Error('no more modules')
    })
    const arrays = createArrays()
    const tx = chain(clipByGlobalNorm(0.5), scale(3), scale(-0.25), scale(7))
    const params = arrays.from({ w: [0.5, 2] })
    const fallbacks = arraysCounters.fallbacks
    const next = arrays.step(tx, { w: Float32Array.of(3, 4) }, arrays.init(tx, params), params, { donate: true })
    const meant = float64(tx).step({ w: [3, 4] }, float64(tx).init({ w: [0.5, 2] }), { w: [0.5, 2] })
    expect([...next.params.w.data]).toEqual((meant.params as { w: number[] }).w.map(Math.fround))
    expect(next.params.w).toBe(params.w)
    expect(arraysCounters.fallbacks).toBeGreaterThan(fallbacks)
  })

  test('SIMD there is an error that says so', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)
    vi.resetModules()
    const fresh = await import('../../../../lib/arrays.ts')
    expect(() => fresh.createArrays()).toThrow(/expected a runtime with WebAssembly SIMD, got one without/)
  })
})

test('stages written by hand for other hosts are refused before anything is written', () => {
  const halve = (functions: object) =>
    opaque({ name: 'halve', init: () => ({}), update: (u, s) => [u, s], ...functions })
  const arrays = createArrays()
  const params = arrays.from({ w: [1, 2] })
  const tx = chain(trace({ decay: 0.9 }), halve({}), scale(-1))
  expect(() => arrays.init(tx, params)).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      message: expect.stringMatching(/^halve: expected functions for arrays/),
    }),
  )
  expect(arrays.memory().numArrays).toBe(1)
  const state = [{ trace: arrays.from({ w: [3, 4] }) }, {}, []] as never
  expect(() => arrays.step(tx, { w: [1, 1] }, state, params, { donate: true })).toThrow(/halve: expected functions/)
  expect([...params.w.data]).toEqual([1, 2])
  expect(arrays.memory().numArrays).toBe(2)
})

test('stages written by hand run on arrays where they bring functions for them, and leave nothing', () => {
  const arrays = createArrays()
  const own = {
    init: () => ({}),
    update: (updates: Tree<FloatLeaf>, state: unknown) => {
      arrays.from({ lost: new Float32Array(10) })
      return [treeMap(updates, ({ data }) => arrays.from(data.map((x) => x / 2)) as FloatLeaf), state] as const
    },
  }
  const halve = opaque({ name: 'halve', init: () => ({}), update: (u, s) => [u, s], arrays: own })
  const tx = chain(trace({ decay: 0.5 }), halve, scale(-1))
  let params = arrays.from({ w: [1, 2] })
  let state = arrays.init(tx, params)
  const before = arrays.memory()
  for (let t = 0; t < 3; t++) ({ params, state } = arrays.step(tx, { w: [2, 4] }, state, params, { donate: true }))
  expect([...params.w.data]).toEqual([1 - 1 - 1.5 - 1.75, 2 - 2 - 3 - 3.5])
  expect(arrays.memory()).toEqual(before)
})

test('options are checked', () => {
  expect(() => createArrays({ threads: 0 })).toThrow(expect.objectContaining({ code: 'bad-argument' }))
  expect(() => createArrays({ thread: 1 } as never)).toThrow(/thread: expected one of threads/)
  const arrays = createArrays()
  const params = arrays.from({ w: [1] })
  const tx = adamw(1)
  expect(() => arrays.step(tx, { w: [1] }, arrays.init(tx, params), params, { donat: true } as never)).toThrow(
    /donat: expected one of/,
  )
  expect(() => arrays.step({} as never, { w: [1] }, {}, params)).toThrow(/expected a transformation/)
})
