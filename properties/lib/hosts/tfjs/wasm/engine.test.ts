import * as tf from '@tensorflow/tfjs-core'
import '../../../../../lib/gradients.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { unaryNode, unaryOps } from '../../../../../lib/expr/expr.ts'
import { tfjsHost } from '../../../../../lib/hosts/tfjs/host.ts'
import { type WasmBackend, whyNoKernels } from '../../../../../lib/hosts/tfjs/wasm/backend.ts'
import { wasmCounters } from '../../../../../lib/hosts/tfjs/wasm/counters.ts'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  cosineDecaySchedule,
  dispose,
  explain,
  expr,
  float64,
  type GradientTransformation,
  lamb,
  moment,
  type Params,
  perLeaf,
  releaseBackend,
  rule,
  sgd,
  step,
  treeLeaves,
  useBackend,
  withLookaheadGradient,
} from '../../../../../lib/index.ts'
import { runForm } from '../../../../../lib/run/runForm.ts'
import { runNode } from '../../../../devices/runNode.ts'

const sizes = [0, 1, 3, 4, 5, 16, 17, 31, 1000]
const numbers = (size: number, of: (i: number) => number): number[] => Array.from({ length: size }, (_, i) => of(i))
const values = (salt: number): number[][] =>
  sizes.map((size, leaf) => numbers(size, (i) => Math.fround(Math.sin(i * 1.7 + leaf + salt))))

/** A record of leaves of many sizes, beside a scalar; the same numbers as tensors and as arrays. */
const tensors = (salt: number): Params => ({ list: values(salt).map((x) => tf.tensor1d(x)), one: tf.scalar(salt + 2) })
const arrays = (salt: number) => ({
  list: values(salt).map((x) => x),
  one: salt + 2,
})

const data = (tree: unknown): number[][] => treeLeaves(tree as Params).map((leaf) => [...leaf.dataSync()])

/** Steps on tensors, every step's kernels counted, beside the same steps in float64. */
const follow = (tx: GradientTransformation<never>, donate: boolean, steps = 4) => {
  const reader = float64(tx as GradientTransformation)
  let [params, state] = [tensors(1), (tx as GradientTransformation).init(tensors(1))]
  let [wanted, wantedState] = [arrays(1) as never, reader.init(arrays(1) as never)]
  for (let i = 0; i < steps; i++) {
    const made = step(tx as GradientTransformation, tensors(2 + i), state, params, { donate })
    params = made.params
    state = made.state
    const next = reader.step(arrays(2 + i) as never, wantedState, wanted)
    wanted = next.params as never
    wantedState = next.state
  }
  return { made: data(params), wanted: flat(wanted) }
}

const flat = (tree: { readonly list: readonly unknown[]; readonly one: number }): number[][] => [
  ...tree.list.map((leaf) => (Array.isArray(leaf) ? leaf : [...(leaf as { data: Float64Array }).data])),
  [tree.one],
]

beforeAll(async () => {
  const { fused, why } = await useBackend({ prefer: ['wasm'] })
  expect({ fused, why }).toEqual({ fused: true, why: [] })
})
afterAll(releaseBackend)
beforeEach(() => {
  Object.assign(wasmCounters, { compiled: 0, fused: 0, fallbacks: 0 })
})

describe.each([false, true])('with donate %s', (donate) => {
  test.each([
    ['sgd with momentum', sgd(0.1, { momentum: 0.9 }), 1],
    ['adamw', adamw(1e-2), 1],
    ['clip + adamw', chain(clipByGlobalNorm(1), adamw(1e-2)), 2],
    ['lamb', lamb(1e-2), 2],
  ])('%s is its float64 meaning, each pass a kernel', (_, tx, passes) => {
    const { made, wanted } = follow(tx as never, donate)
    made.forEach((leaf, i) => {
      leaf.forEach((value, j) => {
        expect(value).toBeCloseTo(wanted[i]?.[j] as number, 5)
      })
    })
    expect(wasmCounters).toMatchObject({ fused: 4 * passes, fallbacks: 0 })
  })
})

test('without donate everything given stays as it was', () => {
  const tx = adamw(1e-2)
  const [params, grads] = [tensors(1), tensors(2)]
  const state = tx.init(params)
  const before = [data(params), data(grads), data([state[0].mu, state[0].nu])]
  step(tx, grads, state, params)
  expect([data(params), data(grads), data([state[0].mu, state[0].nu])]).toEqual(before)
})

test('a donated loop makes no tensors: it returns the very same trees', () => {
  const tx = adamw(1e-2)
  const grads = tensors(2)
  const params = tensors(1)
  const first = step(tx, grads, tx.init(params), params, { donate: true })
  const before = tf.memory()
  const second = step(tx, grads, first.state, first.params, { donate: true })
  expect(second.params).toBe(first.params)
  expect(second.state[0].mu).toBe(first.state[0].mu)
  expect(second.params).toBe(params)
  expect(tf.memory()).toEqual(before)
})

test('what shares its memory with another tensor is not written in place', () => {
  const params = { w: tf.tensor1d([1, 2, 3]), b: tf.tensor1d([4, 5, 6]) }
  const [clone, view] = [params.w.clone(), tf.reshape(params.b, [3, 1])]
  const tx = sgd(1)
  const ones = () => ({ w: tf.ones([3]), b: tf.ones([3]) })
  const made = step(tx, ones(), tx.init(params), params, { donate: true })
  expect(data(made.params)).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ])
  expect(data([clone, view])).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ])
  const again = step(tx, ones(), made.state, made.params, { donate: true })
  expect(again.params).toBe(made.params)
})

test('a tensor that the call holds twice is not written in place', () => {
  const shared = tf.tensor1d([1, 2, 3])
  const tx = sgd(1)
  const params = { a: shared, b: shared }
  const made = step(tx, { a: tf.ones([3]), b: tf.zeros([3]) }, tx.init(params), params, { donate: true })
  expect(data(made.params)).toEqual([
    [0, 1, 2],
    [1, 2, 3],
  ])
  // The buffers that came back, each given twice as well, and one of them as a gradient.
  const { a, b } = made.params as { a: tf.Tensor; b: tf.Tensor }
  const swapped = step(tx, { a: b, b: a }, tx.init(made.params), { a, b }, { donate: true })
  expect(data(swapped.params)).toEqual([
    [-1, -1, -1],
    [1, 1, 1],
  ])
})

test('returned buffers are not written in place when they come back as gradients too', () => {
  const tx = sgd(1, { momentum: 0.5 })
  const params = { a: tf.tensor1d([1, 2]), b: tf.tensor1d([3, 4]) }
  const ones = { a: tf.ones([2]), b: tf.ones([2]) }
  const first = step(tx, ones, tx.init(params), params, { donate: true })
  const { a, b } = first.params as { a: tf.Tensor; b: tf.Tensor }
  const second = step(tx, { a: b, b: a }, first.state, first.params, { donate: true })
  // a = (0, 1), b = (2, 3), momentum 1: the trace is b + 0.5 and a + 0.5.
  expect(data(second.params)).toEqual([
    [-2.5, -2.5],
    [1.5, 1.5],
  ])
})

test('a disposed tensor is found among those that a step returned', () => {
  const tx = adamw(1e-2)
  const params = { a: tf.ones([2]), b: tf.ones([3]) }
  const first = step(tx, { a: tf.ones([2]), b: tf.ones([3]) }, tx.init(params), params, { donate: true })
  ;(first.params as typeof params).b.dispose()
  expect(() => step(tx, { a: tf.ones([2]), b: tf.ones([3]) }, first.state, first.params, { donate: true })).toThrow(
    expect.objectContaining({ code: 'disposed-tensor', faults: [expect.objectContaining({ path: 'params.b' })] }),
  )
})

test('a variable that was given other data between steps is read, and written, where it now is', () => {
  const tx = sgd(1)
  const start = tf.tensor1d([1, 2, 3])
  const params = { w: tf.variable(start) }
  start.dispose()
  const ones = () => ({ w: tf.ones([3]) })
  let train = step(tx, ones(), tx.init(params), params, { donate: true })
  for (let i = 0; i < 2; i++) train = step(tx, ones(), train.state, train.params, { donate: true })
  const { w } = train.params as typeof params
  expect(w).toBe(params.w)
  const held = w.clone()
  const old = [...held.dataSync()]
  w.assign(tf.tensor1d([10, 20, 30]))
  expect(data(step(tx, ones(), train.state, train.params, { donate: true }).params)).toEqual([[9, 19, 29]])
  expect([...held.dataSync()]).toEqual(old)
})

test('memory may grow between calls and within one', () => {
  const tx = adamw(1e-2)
  const memory = () => (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.byteLength
  const run = (grow: boolean) => {
    let params: Params = { w: tf.ones([1000]) }
    let state = tx.init(params)
    const held: tf.Tensor[] = []
    const start = memory()
    for (let i = 0; i < 3; i++) {
      if (grow) held.push(tf.zeros([memory() / 4]))
      ;({ params, state } = step(tx, { w: tf.fill([1000], i) }, state, params))
    }
    tf.dispose(held)
    return { values: data(params), grew: memory() > start }
  }
  const wanted = run(false).values
  expect(run(true)).toEqual({ values: wanted, grew: true })
  const big = { w: tf.zeros([memory() / 8]) }
  const before = memory()
  const { params } = step(tx, { w: tf.onesLike(big.w) }, tx.init(big), big)
  expect(memory()).toBeGreaterThan(before)
  const [first] = data(tf.slice((params as typeof big).w, 0, 1))
  expect(first?.[0]).toBeCloseTo(-1e-2, 6)
})

test('a tensor that lives in another backend is brought here', async () => {
  await useBackend({ prefer: ['cpu'] })
  const params = { w: tf.tensor1d([1, 2, 3]) }
  await useBackend({ prefer: ['wasm'] })
  const tx = sgd(1)
  const made = step(tx, { w: tf.ones([3]) }, tx.init(params), params, { donate: true })
  expect(data(made.params)).toEqual([[0, 1, 2]])
  expect(wasmCounters.fused).toBe(1)
})

test('a tensor that tfjs moved away and back between steps is found where it now is', async () => {
  const tx = sgd(1)
  const params = { w: tf.tensor1d([1, 2, 3]) }
  const ones = () => ({ w: tf.ones([3]) })
  let train = step(tx, ones(), tx.init(params), params, { donate: true })
  for (let i = 0; i < 2; i++) train = step(tx, ones(), train.state, train.params, { donate: true })
  const held = params.w.clone()
  await useBackend({ prefer: ['cpu'] })
  tf.neg(params.w).dispose()
  await useBackend({ prefer: ['wasm'] })
  held.dispose()
  const other = tf.tensor1d([7, 7, 7])
  expect(data(step(tx, ones(), train.state, train.params, { donate: true }).params)).toEqual([[-3, -2, -1]])
  expect([...other.dataSync()]).toEqual([7, 7, 7])
})

test('kernels are kept by structure: other numbers compile nothing, other rules of the same shape neither', () => {
  const once = (tx: GradientTransformation<never>) => follow(tx, false, 1)
  once(
    rule({
      name: 'a',
      slots: { m: moment },
      update: ({ g }, { m }) => ({ u: expr.mul(2, g), next: { m: expr.sub(m, g) } }),
    }) as never,
  )
  const first = wasmCounters.compiled
  expect(first).toBeGreaterThan(0)
  once(
    rule({
      name: 'b',
      slots: { v: moment },
      update: ({ g }, { v }) => ({ u: expr.mul(-7, g), next: { v: expr.sub(v, g) } }),
    }) as never,
  )
  expect(wasmCounters.compiled).toBe(first)
  once(adamw(1e-3) as never)
  const { compiled } = wasmCounters
  once(
    adamw(cosineDecaySchedule({ initValue: 1, decaySteps: 10 }), {
      b1: 0.5,
      b2: 0.9,
      eps: 1e-3,
      weightDecay: 0.3,
    }) as never,
  )
  once(adamw((count) => count) as never)
  expect(wasmCounters.compiled).toBe(compiled)
})

describe('where WebAssembly does not compile a kernel, as a page may forbid or a browser do for size,', () => {
  const why = 'its kernel does not compile here (Error: forbidden)'
  const refusing = () =>
    vi.spyOn(WebAssembly, 'Module').mockImplementation(function refuse() {
      throw new Error('forbidden')
    })
  afterEach(() => vi.restoreAllMocks())
  // Another number of waves is another structure, whose kernel is not known yet.
  const waveOf = (waves: number) =>
    rule({
      name: 'wave',
      slots: { norm: perLeaf(0) },
      update: ({ g }) => {
        const u = Array.from({ length: waves }).reduce<ReturnType<typeof expr.cos<typeof g>>>((x) => expr.cos(x), g)
        return { u, next: { norm: expr.normLeaf(u) } }
      },
    })

  test('a pass runs by tfjs ops, is counted, and explain says so', () => {
    refusing()
    const tx = waveOf(3)
    const { made, wanted } = follow(tx as never, true, 2)
    made.forEach((leaf, i) => {
      leaf.forEach((value, j) => {
        expect(value).toBeCloseTo(wanted[i]?.[j] as number, 5)
      })
    })
    expect(wasmCounters.fallbacks).toBeGreaterThan(0)
    expect(explain(tx)).toMatchObject({ engine: 'wasm', fused: false, passes: [{ whyNotFused: why }] })
    expect(String(explain(tx))).toContain(`one kernel a pass, but pass 1 as tfjs ops, since ${why}`)
  })

  test('a pass leaves no tensors behind', () => {
    refusing()
    const tx = waveOf(4)
    const [params, grads] = [tensors(1), tensors(2)]
    let train = step(tx, grads, tx.init(params), params, { donate: true })
    const before = tf.memory().numTensors
    for (let i = 0; i < 3; i++) train = step(tx, grads, train.state, train.params, { donate: true })
    expect(tf.memory().numTensors).toBe(before)
  })
})

test('every operation of an expression has a kernel, and explain says so', () => {
  for (const op of unaryOps) {
    const tx = rule({ name: op, slots: {}, update: ({ g }) => ({ u: unaryNode(op, g), next: {} }) })
    expect(explain(tx)).toMatchObject({ engine: 'wasm', fused: true })
    follow(tx as never, false, 1)
  }
  expect(wasmCounters.fallbacks).toBe(0)
})

/** Where tfjs says that a tensor's numbers are. */
const addressOf = (tensor: tf.Tensor): number =>
  (tf.backend() as unknown as WasmBackend).dataIdMap.get(tensor.dataId).memoryOffset

describe('the place of the next gradient', () => {
  const tx = adamw(0.1, { predictSteps: 3 })
  type One = { readonly w: tf.Tensor }
  type Train = { readonly params: One; readonly ahead: One; readonly state: unknown }
  const one = (size: number, salt = 1): One => ({ w: tf.tensor1d(numbers(size, (i) => Math.sin(i * 0.7 + salt))) })
  const start = (size: number): Train => {
    const params = one(size)
    return { params, ahead: params, state: tx.init(params) }
  }
  const take = (train: Train, grads: One): Train =>
    runForm(tx.form, 'lookahead', { ...train, grads, spend: true, donate: true } as never, tfjsHost) as never

  test('takes the first gradient, by the pass that writes the parameters', () => {
    const [train, grads] = [start(5), one(5, 2)]
    const made = take(train, grads)
    expect(made.ahead.w).toBe(grads.w)
    expect(made.params.w).toBe(train.params.w)
    expect(wasmCounters).toMatchObject({ fused: 1, fallbacks: 0 })
  })

  test.each([
    { size: 5, memory: 'its own' },
    { size: 5000, memory: "the gradient's" },
  ])('then stays the same tensor, of $size numbers in $memory memory', ({ size }) => {
    let train = take(start(size), one(size, 2))
    const { w } = train.ahead
    const counts = [3, 4, 5].map((salt) => {
      const grads = one(size, salt)
      const [before, spent] = [addressOf(w), addressOf(grads.w)]
      train = take(train, grads)
      expect(train.ahead.w).toBe(w)
      expect(grads.w.isDisposed).toBe(true)
      expect(addressOf(w)).toBe(size > 1000 ? spent : before)
      return [tf.memory().numTensors, tf.memory().numBytes]
    })
    expect(new Set(counts.map(String)).size).toBe(1)
    expect(wasmCounters).toMatchObject({ fused: 4, fallbacks: 0 })
  })

  test.each([5, 5000])('holds what it holds without donation: %d numbers', (size) => {
    let [train, plain] = [start(size), start(size)]
    for (const salt of [2, 3, 4, 5]) {
      train = take(train, one(size, salt))
      plain = runForm(tx.form, 'lookahead', { ...plain, grads: one(size, salt) } as never, tfjsHost) as never
    }
    expect(data([train.params, train.ahead])).toEqual(data([plain.params, plain.ahead]))
  })

  test('leaves alone the memory of a gradient that somebody shares', () => {
    const g = one(5000, 3)
    const wanted = data([g.w])
    let train = take(start(5000), one(5000, 2))
    const before = addressOf(train.ahead.w)
    train = take(train, { w: tf.reshape(g.w, [5000]) })
    expect(addressOf(train.ahead.w)).toBe(before)
    expect(data([g.w])).toEqual(wanted)
  })

  test('is another tensor where somebody shares its memory', () => {
    let train = take(start(5000), one(5000, 2))
    const shared = tf.reshape(train.ahead.w, [5000])
    const wanted = data([shared])
    const { ahead } = train
    train = take(train, one(5000, 3))
    expect(train.ahead.w).not.toBe(ahead.w)
    expect(ahead.w.isDisposed).toBe(true)
    expect(data([shared])).toEqual(wanted)
  })

  test('is not written where it is a parameter, too', () => {
    const first = take(start(5), one(5, 2))
    const held = { ...first, params: first.ahead }
    const plain = runForm(tx.form, 'lookahead', { ...held, grads: one(5, 3) } as never, tfjsHost) as never as Train
    const wanted = data([plain.params, plain.ahead])
    const made = take(held, one(5, 3))
    expect(made.ahead.w).not.toBe(made.params.w)
    expect(data([made.params, made.ahead])).toEqual(wanted)
  })

  test('is not given back where it is a parameter, too', () => {
    const first = take(start(5), one(5, 2))
    const made = take({ ...first, params: first.ahead }, one(5, 3))
    expect(made.params.w).toBe(first.ahead.w)
    expect([made.params, made.ahead].map(({ w }) => w.isDisposed)).toEqual([false, false])
  })

  test('of another shape is told before anything is written', () => {
    const train = take(start(5), one(5, 2))
    const grads = one(5, 3)
    const before = data([train.params, grads])
    expect(() => take({ ...train, ahead: one(4) }, grads)).toThrow(/ahead\.w: .*\[5\].*\[4\]/s)
    expect(data([train.params, grads])).toEqual(before)
  })

  test.each([
    { size: 5, count: 2 },
    { size: 5000, count: 2 },
    { size: 5, count: 4 },
    { size: 5, count: 6 },
  ])(
    'is right for $count networks of one shape, $size numbers, trained in turns by one optimizer',
    ({ size, count }) => {
      const networks = (): Train[] =>
        Array.from({ length: count }, (_, k) => {
          const params = one(size, 1 + k)
          return { params, ahead: params, state: tx.init(params) }
        })
      const steps = [3, 4, 5, 6]
      const alone = networks().map((train, k) => steps.reduce((now, salt) => take(now, one(size, salt + k)), train))
      let inTurns = networks()
      const rounds = steps.map((salt) => {
        const before = inTurns.map(({ ahead }) => ahead.w)
        inTurns = inTurns.map((train, k) => take(train, one(size, salt + k)))
        return { stay: inTurns.every(({ ahead }, k) => ahead.w === before[k]), tensors: tf.memory().numTensors }
      })
      expect(inTurns.map(({ params, ahead }) => data([params, ahead]))).toEqual(
        alone.map(({ params, ahead }) => data([params, ahead])),
      )
      expect(new Set(rounds.map(({ tensors }) => tensors)).size).toBe(1)
      // Four are remembered.
      expect(rounds.map(({ stay }) => stay)).toEqual([false, ...Array(3).fill(count <= 4)])
    },
  )

  test('gives all memory back, however often it is exchanged', () => {
    const { memory } = (tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } }).wasm.asm
    const size = 200_000
    let train = take(start(size), one(size, 2))
    const round = (t: number): void => {
      // Others come and go between.
      const other = tf.ones([size >> (t % 3)])
      train = take(train, one(size, t))
      other.dispose()
    }
    for (let t = 0; t < 5; t++) round(t)
    const before = memory.buffer.byteLength
    for (let t = 0; t < 100; t++) round(t)
    expect(memory.buffer.byteLength).toBe(before)
    dispose([train.params, train.ahead, train.state] as never)
    const others = Array.from({ length: 8 }, (_, i) => tf.fill([size], i))
    expect(others.map((other) => other.dataSync().every((x, _, all) => x === all[0]))).toEqual(others.map(() => true))
    expect(memory.buffer.byteLength).toBe(before)
  })

  test('a matrix product sees it after every step', () => {
    const size = 40
    const loss = ({ w }: One) => tf.sum(tf.matMul(tf.ones([1, size]), w as tf.Tensor2D)) as tf.Scalar
    const { init, step: next } = withLookaheadGradient(loss, adamw(0.1, { predictSteps: 3 }), { donate: true })
    let train = init({ w: tf.reshape(one(size * size).w, [size, size]) })
    for (let i = 0; i < 4; i++) {
      const made = next(train)
      train = made.train
      const { w } = train.ahead
      const fresh = tf.tensor2d(w.dataSync(), [size, size])
      expect(loss(train.ahead).dataSync()).toEqual(loss({ w: fresh }).dataSync())
    }
  })
})

test('two networks trained in turns by optimizers of one kernel do not mix', () => {
  const start = (salt: number, size: number) => {
    const params = { w: tf.tensor1d(numbers(size, (i) => Math.sin(i + salt))) }
    return { params, salt, size, tx: adamw(0.1 * salt), state: adamw(0.1).init(params) }
  }
  const take = ({ params, state, ...rest }: ReturnType<typeof start>, t: number): ReturnType<typeof start> => {
    const grads = { w: tf.tensor1d(numbers(rest.size, (i) => Math.cos(i * t + rest.salt))) }
    return {
      ...rest,
      ...(step(rest.tx, grads, state, params, { donate: true }) as { params: typeof params; state: typeof state }),
    }
  }
  const alone = [start(1, 7), start(2, 40)].map((one) => [1, 2, 3, 4].reduce(take, one))
  const { compiled } = wasmCounters
  const inTurns = [1, 2, 3, 4].reduce((both, t) => both.map((one) => take(one, t)), [start(1, 7), start(2, 40)])
  expect(inTurns.map(({ params }) => data(params))).toEqual(alone.map(({ params }) => data(params)))
  expect(wasmCounters.compiled).toBe(compiled)
})

test('in groups, parameters, moments and the place of the next gradient stay the tensors that they are', () => {
  const mask = ({ list }: { list: unknown[] }) => ({ list: list.map((_, i) => i % 2 === 0), one: false })
  const tx = adamw(0.1, { mask: mask as never, predictSteps: 2 })
  type Train = { params?: Params; ahead?: Params; state: unknown }
  const start = (): Train => {
    const params = tensors(1)
    return { params, ahead: params, state: tx.init(params) }
  }
  const take = (train: Train, salt: number, donate: boolean): Train =>
    runForm(tx.form, 'lookahead', { ...train, grads: tensors(salt), spend: donate, donate }, tfjsHost)
  const held = ({ params, ahead, state }: Train): tf.Tensor[] =>
    treeLeaves<unknown>([params, ahead, state] as never).filter((leaf): leaf is tf.Tensor => leaf instanceof tf.Tensor)
  const told = (train: Train): number[][] => held(train).map((leaf) => [...leaf.dataSync()])
  const salts = [3, 4, 5, 6]
  let train = take(start(), 2, true)
  const first = held(train)
  const made = salts.map((salt) => {
    train = take(train, salt, true)
    expect(held(train).every((leaf, i) => leaf === first[i])).toBe(true)
    return told(train)
  })
  let plain = take(start(), 2, false)
  const wanted = salts.map((salt) => {
    plain = take(plain, salt, false)
    return told(plain)
  })
  expect(made).toEqual(wanted)
})

test('a gradient whose memory somebody shares is not written over', () => {
  const tx = adamw(0.1, { predictSteps: 3 })
  const [params, g] = [{ w: tf.tensor1d([1, -2, 3]) }, tf.tensor1d([1, 2, 3])]
  const given = { grads: { w: tf.reshape(g, [3]) }, params, state: tx.init(params) }
  const { ahead } = runForm(tx.form, 'lookahead', { ...given, spend: true }, tfjsHost) as never as {
    ahead: typeof params
  }
  expect(ahead.w).not.toBe(given.grads.w)
  expect(given.grads.w.isDisposed).toBe(true)
  expect([...g.dataSync()]).toEqual([1, 2, 3])
  expect([...params.w.dataSync()]).toEqual([1, -2, 3])
})

test('ahead gets buffers of its own', () => {
  const loss = (params: { w: tf.Tensor }) => tf.sum(tf.square(params.w)) as tf.Scalar
  const { init, step: take } = withLookaheadGradient(loss, adamw(0.1, { predictSteps: 3 }), { donate: true })
  let train = init({ w: tf.tensor1d([1, -2, 3, 4, 5]) })
  for (let i = 0; i < 3; i++) {
    const made = take(train)
    made.value.dispose()
    expect(made.train.ahead.w).not.toBe(made.train.params.w)
    if (i > 0) expect(made.train.ahead.w).toBe(train.ahead.w)
    train = made.train
  }
  const [w, ahead] = [data(train.params)[0], data(train.ahead)[0]]
  w?.forEach((value, i) => {
    expect(Math.sign(value - (ahead?.[i] as number))).toBe(Math.sign(value))
  })
  expect(wasmCounters).toMatchObject({ fused: 3, fallbacks: 0 })
})

test('a backend that is started anew gets an engine of its own, and its kernels are not compiled again', async () => {
  follow(adamw(1e-2) as never, true)
  const { compiled } = wasmCounters
  await releaseBackend()
  await useBackend({ prefer: ['wasm'] })
  const { made, wanted } = follow(adamw(1e-2) as never, true)
  expect(made[4]?.[0]).toBeCloseTo(wanted[4]?.[0] as number, 5)
  expect(wasmCounters.compiled).toBe(compiled)
})

const program = (before: string): string => `
  ${before}
  const tf = await import('@tensorflow/tfjs-core')
  await import('@tensorflow/tfjs-backend-wasm')
  const { adamw, step, useBackend } = await import('./lib/index.ts')
  const { wasmCounters } = await import('./lib/hosts/tfjs/wasm/counters.ts')
  const { fused, why } = await useBackend({ prefer: ['wasm'] })
  const params = { w: tf.ones([5]) }
  const tx = adamw(0.5)
  const made = step(tx, { w: tf.ones([5]) }, tx.init(params), params, { donate: true })
  console.log(JSON.stringify([fused, why, made.params.w.dataSync()[4].toFixed(4), wasmCounters.fused]))`

test('where the runtime has no SIMD, steps run by tfjs ops, and why says so', async () => {
  const { stdout, stderr } = await runNode(program('WebAssembly.validate = () => false'))
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual([
    false,
    [
      'wasm: this runtime has no WebAssembly SIMD, so the plain build runs, several times slower.',
      'wasm: this runtime has no WebAssembly SIMD, so steps are not fused.',
    ],
    '0.4999',
    0,
  ])
})

test('on tfjs’s plain build the kernels run all the same', async () => {
  const plain = `(await import('@tensorflow/tfjs-core')).env().set('WASM_HAS_SIMD_SUPPORT', false)`
  const { stdout } = await runNode(program(`await import('@tensorflow/tfjs-backend-wasm'); ${plain}`))
  expect(JSON.parse(stdout)).toMatchObject([true, [expect.anything()], '0.4999', 1])
})

const real = () => tf.backend() as unknown as WasmBackend

test.each([
  ['dataIdMap', { dataIdMap: {} }, 'does not say where its tensors are'],
  ['memory', { wasm: { tfjs: { disposeData() {}, registerTensor() {} } } }, 'keeps its memory to itself'],
  ['maps', { dataIdMap: { get: (id: object) => real().dataIdMap.get(id) } }, 'tensors are not where'],
  ['addresses', { dataIdMap: { get: () => ({ memoryOffset: -4, refCount: 1 }) } }, 'tensors are not where'],
  ['entries', { dataIdMap: { get: () => undefined } }, 'tensors are not where'],
])('a backend of other %s is refused with a clause, not with a crash', (_, other, clause) => {
  const { dataIdNextNumber, wasm, dataIdMap } = real()
  const { dataId } = tf.scalar(1)
  const makeOutput = () => ({ dataId, shape: [1], dtype: 'float32' as const })
  const like = { dataIdNextNumber, wasm, dataIdMap, makeOutput, disposeData: () => true }
  expect(whyNoKernels(like)).toBeUndefined()
  expect(whyNoKernels({ ...like, ...other })).toContain(clause)
})
