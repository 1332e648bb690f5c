import '../../../lib/gradients.ts'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import {
  adam,
  adamL2Masked,
  adamRel,
  adamw,
  amos,
  amsgrad,
  chain,
  clipByGlobalNorm,
  type Data,
  dispose,
  float64,
  fromData,
  type GradientTransformation,
  type IvonOptions,
  ivon,
  lamb,
  linearEpochDecay,
  lion,
  lookaheadPermutation,
  lossEqualizer,
  marsAdamw,
  marsLion,
  marsShampoo,
  masked,
  opaque,
  partition,
  projectParams,
  seedKey,
  sgd,
  switchEma,
  type Trainer,
  toData,
  toDataAsync,
  trackFlips,
  treeMap,
  treeZip,
  withGradient,
  withLookaheadGradient,
  withPairedGradient,
  withSampledGradient,
} from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

type Net = { readonly w: tf.Tensor; readonly inner: readonly [tf.Tensor, tf.Tensor] }

const start = (): Net => ({
  w: tf.tensor([
    [0.3, -1.7, 2.2],
    [1e-3, 5, -0.4],
  ]),
  inner: [tf.tensor([1, -2, 0.5, 7]), tf.scalar(0.25)],
})

const loss = ({ w, inner: [b, c] }: Net, x: tf.Tensor): tf.Scalar =>
  tf.tidy(() => {
    const bowl = (p: tf.Tensor) => tf.sum(tf.square(tf.sub(p, x)))
    return tf.add(tf.add(bowl(w), tf.mul(bowl(b), 0.3)), bowl(c)) as tf.Scalar
  })

interface Train {
  readonly params: Net
}
type Loop = Trainer<Train, Net, [tf.Tensor]>
const rate = (count: number): number => 0.05 / (1 + count)
/** A signal every third batch: the batches are sin 0, sin 1, … */
const third = (name: string) => ({ extra: (x: tf.Tensor) => ({ [name]: thirds.has(x) }) })
const thirds = new WeakSet<tf.Tensor>()
const plain = (tx: GradientTransformation, options: object = {}): Loop =>
  withGradient(loss, tx, { donate: true, ...options })
const ahead = (tx: GradientTransformation): Loop => withLookaheadGradient(loss, tx, { donate: true })
const sampled = (options: Partial<IvonOptions> = {}): Loop =>
  withSampledGradient(loss, ivon(0.05, { ess: 50, ...options }), { donate: true, key: seedKey(5) })
const paired = (make: (rate: number, options: object) => GradientTransformation): Loop =>
  withPairedGradient(loss, make(0.05, { mode: 'exact' }), { donate: true })
const isTall = { w: true, inner: false }
const columns = (_: string, shape: readonly number[]) => shape.map((d, axis) => (axis === 1 ? d : 1))
const keepsSum = () =>
  opaque({
    name: 'keepsSum',
    init: (params) => ({ sum: treeMap(params, (p) => tf.zerosLike(p)) }),
    update: (updates, { sum }) => {
      const next = treeZip(sum, updates, (a, b) => tf.add(a, b))
      return [treeMap(next, (x) => tf.mul(0.5, x)), { sum: next }]
    },
  })
const held = (tx: GradientTransformation) =>
  projectParams(tx, {
    name: 'held',
    init: (params) => ({ steps: 0, start: treeMap(params, (p) => tf.clone(p)) }),
    project: (params, { steps, start }) => [
      treeZip(params, start, (p, q) => tf.add(tf.mul(0.9, p), tf.mul(0.1, q))),
      { steps: steps + 1, start },
    ],
  })

/** Every method and every wrapper, by the loop that drives it. */
const loops: { readonly [name: string]: () => Loop } = {
  'sgd with momentum': () => plain(sgd(0.01, { momentum: 0.9 })),
  'adamw with a schedule behind a global clip': () => plain(chain(clipByGlobalNorm(1), adamw(rate))),
  'lookahead adamw': () => ahead(adamw(rate, { predictSteps: 2 })),
  'lookahead with the mark before an opaque stage': () => ahead(chain(adam(0.05, { predictSteps: 2 }), keepsSum())),
  'amsgrad, masked': () => plain(masked(amsgrad(0.05), isTall)),
  'lion and lamb by partition': () => plain(partition({ a: lion(0.01), b: lamb(0.01) }, { w: 'a', inner: 'b' })),
  'partition with an opaque part': () =>
    plain(partition({ a: chain(keepsSum(), lion(0.01)), b: adam(0.01) }, { w: 'a', inner: 'b' })),
  opaque: () => plain(chain(keepsSum(), sgd(0.01))),
  projectParams: () => plain(held(adam(0.05))),
  'adamRel with periods': () => plain(adamRel(0.05, { resetEvery: 3 })),
  'adamRel with signals': () => plain(adamRel(rate), third('targetChanged')),
  marsAdamw: () => plain(marsAdamw(0.05)),
  'marsAdamw from its first gradient': () => plain(marsAdamw(0.05, { firstStep: 'same' })),
  marsLion: () => plain(marsLion(0.05)),
  marsShampoo: () => plain(marsShampoo(0.05)),
  'marsAdamw, exact': () => paired(marsAdamw),
  'marsLion, exact': () => paired(marsLion),
  'marsShampoo, exact': () => paired(marsShampoo),
  ivon: () => sampled(),
  'ivon, several samples a step, gradsq': () => sampled({ mcSamples: 2, hessApprox: 'gradsq', clipRadius: 0.5 }),
  'switchEma with a period and a warm-up': () =>
    plain(switchEma(adamw(0.05), { decay: 0.8, switchEvery: 3, updateInterval: 2, warmup: { iterations: 5 } })),
  'switchEma with signals': () => plain(switchEma(sgd(0.01, { momentum: 0.9 }), { decay: 0.8 }), third('switchNow')),
  'switchEma of lookahead adamw': () =>
    ahead(switchEma(adamw(0.05, { predictSteps: 2 }), { decay: 0.8, switchEvery: 3 })),
  'switchEma of marsShampoo': () => plain(switchEma(marsShampoo(0.05), { decay: 0.8, switchEvery: 3 })),
  'amos, full slots, momentum': () => plain(amos(0.1, { etaFn: 1, momentum: 0.9, clipValue: 1 })),
  'amos, one slot a variable': () => plain(amos(rate, { etaFn: 1, shapeFn: 'scalar' })),
  'amos, reduced slots': () => plain(amos(0.1, { etaFn: 1, shapeFn: columns, momentum: 0.9 })),
  adamL2Masked: () => plain(adamL2Masked(linearEpochDecay(0.05, 12), { weightDecay: 0.1, mask: isTall })),
  trackFlips: () => plain(chain(trackFlips(), adam(0.05))),
  'lookaheadPermutation with a period': () => plain(lookaheadPermutation(adam(0.05), { k: 3 })),
  'lookaheadPermutation with signals': () => plain(lookaheadPermutation(adamw(0.05)), third('syncNow')),
  'lookaheadPermutation of switchEma': () =>
    plain(lookaheadPermutation(switchEma(adam(0.05), { decay: 0.5, switchEvery: 2 }), { k: 3 })),
  'lookaheadPermutation of lookahead lion': () =>
    ahead(lookaheadPermutation(lion(0.05, { predictSteps: 1 }), { k: 3 })),
}

const run = (loop: Loop, train: Train, from: number, to: number): Train => {
  let now = train
  for (let t = from; t < to; t++) {
    const x = tf.scalar(Math.sin(t))
    if (t % 3 === 2) thirds.add(x)
    const next = loop.step(now, x)
    dispose([next.value, x])
    now = next.train
  }
  return now
}

const throughClone = (data: Data): Data => structuredClone(data)
const throughJson = (data: Data): Data =>
  JSON.parse(JSON.stringify(data, (_, x) => (ArrayBuffer.isView(x) ? Array.from(x as Float32Array) : x))) as Data

describe('toData', () => {
  test('keeps structure and plain values, and names what it cannot keep by its path', () => {
    const state = [{ count: 3, word: 'a', on: true }, [], null]
    expect(toData(state)).toEqual(state)
    expect(() => toData([{ f: Math.sin }])).toThrow(
      '[0].f: expected tensors, numbers, strings and booleans, got a function (sin)',
    )
    expect(() => toData({ $tensor: 1 })).toThrow('expected a record without the key $tensor')
  })

  test('takes the states of the float64 reader', () => {
    const reader = float64(lookaheadPermutation(adam(0.1), { k: 2 }))
    const state = reader.init({ w: [[1], [2]] })
    const again = fromData<typeof state>(throughJson(toData(state)))
    expect(again).toEqual(state)
    expect(reader.step({ w: [[1], [2]] }, again, { w: [[1], [2]] })).toEqual(
      reader.step({ w: [[1], [2]] }, state, { w: [[1], [2]] }),
    )
  })
})

/** What the loops are made of, on plain numbers; nothing here has a tfjs op by hand alone. */
const readers: { readonly [name: string]: readonly [GradientTransformation, ((t: number) => object)?] } = {
  'adamw behind a global clip, forecast': [chain(clipByGlobalNorm(1), adamw(rate, { predictSteps: 2 }))],
  'lion and lamb by partition': [partition({ a: lion(0.01), b: lamb(0.01) }, { w: 'a', b: 'b' })],
  'amsgrad, masked': [masked(amsgrad(0.05), { w: true, b: false })],
  'adamRel with signals': [adamRel(rate), (t) => ({ targetChanged: t % 3 === 2 })],
  'adamRel with periods': [adamRel(0.05, { resetEvery: 3 })],
  marsAdamw: [marsAdamw(0.05)],
  marsLion: [marsLion(0.05)],
  marsShampoo: [marsShampoo(0.05, { predictSteps: 1 })],
  'marsShampoo, exact': [marsShampoo(0.05, { mode: 'exact' }), (t) => ({ gradAtPrevious: bowl(start64, t + 1) })],
  ivon: [ivon(0.05, { ess: 50 }), (t) => ({ noise: bowl(start64, t), nextNoise: bowl(start64, t + 1) })],
  'ivon, several samples a step': [
    ivon(0.05, { ess: 50, mcSamples: 2 }),
    (t) => ({ products: bowl(start64, t), nextNoise: bowl(start64, t + 1) }),
  ],
  'switchEma with a warm-up': [switchEma(adamw(0.05), { decay: 0.8, switchEvery: 3, warmup: { iterations: 5 } })],
  'switchEma of marsShampoo with signals': [switchEma(marsShampoo(0.05)), (t) => ({ switchNow: t % 3 === 2 })],
  'amos, full slots, momentum': [amos(0.1, { etaFn: 1, momentum: 0.9 })],
  'amos, one slot a variable': [amos(0.1, { etaFn: 1, shapeFn: 'scalar' })],
  'amos, reduced slots': [amos(0.1, { etaFn: 1, shapeFn: columns })],
  adamL2Masked: [adamL2Masked(linearEpochDecay(0.05, 12), { weightDecay: 0.1, mask: true })],
  trackFlips: [chain(trackFlips(), adam(0.05))],
  'lookaheadPermutation of switchEma': [
    lookaheadPermutation(switchEma(adam(0.05), { decay: 0.5, switchEvery: 2 }), { k: 3 }),
  ],
  'lookaheadPermutation with signals': [lookaheadPermutation(adam(0.05)), (t) => ({ syncNow: t % 3 === 2 })],
}

const start64 = {
  w: [
    [0.3, -1.7, 2.2],
    [1e-3, 5, -0.4],
  ],
  b: [1, -2, 0.5],
}
type Numbers64 = typeof start64
const bowl = ({ w, b }: Numbers64, t: number): Numbers64 => ({
  w: w.map((row) => row.map((x) => 2 * (x - Math.sin(t)))),
  b: b.map((x) => 0.3 * (x - Math.cos(t))),
})

describe('on float64', () => {
  test.each(Object.keys(readers))(
    '%s: a run that is cut and resumed equals the run that was not, bit for bit',
    (name) => {
      const [tx, extra] = readers[name]!
      type Made = { readonly params: unknown; readonly state: unknown; readonly ahead?: unknown }
      const steps = (made: Made, from: number, to: number): Made => {
        const reader = float64(tx)
        let now = made
        for (let t = from; t < to; t++) {
          const at = (now.ahead ?? now.params) as Numbers64
          now = reader.step(bowl(at, t), now.state, now.params as Numbers64, extra?.(t) as never)
        }
        return now
      }
      const first = { params: start64, state: float64(tx).init(start64) }
      const whole = steps(first, 0, 9)
      for (const through of [throughClone, throughJson]) {
        expect(steps(fromData<Made>(through(toData(steps(first, 0, 4)))), 4, 9)).toEqual(whole)
      }
    },
  )

  test('lossEqualizer goes on from its state as plain data', () => {
    const { init, update } = lossEqualizer()
    const losses = [
      [2, 1, 0.5],
      [1.5, 0.9, 0.45],
      [1.2, 0.7, 0.4],
    ]
    const [, one] = update(losses[0]!, init())
    const [, two] = update(losses[1]!, one)
    const again = fromData<typeof two>(throughJson(toData(two)))
    expect(update(losses[2]!, again)).toEqual(update(losses[2]!, two))
  })
})

describe('fromData', () => {
  test('refuses numbers that do not fit their shape, by path', () => {
    const data = { mu: { $tensor: 'float32', shape: [2, 2], data: [1, 2, 3] } } as const
    expect(() => fromData(data)).toThrow('mu.data: expected 4 numbers, got 3. Give what toData made')
    expect(() => fromData({ $tensor: 'float16', shape: [], data: [1] } as never)).toThrow('one of float32, int32, bool')
  })
})

describeEngines(testEngines, ({ name: engine }) => {
  test.each(Object.keys(loops))(
    '%s: a run that is cut and resumed equals the run that was not, bit for bit',
    async (name) => {
      const loop = loops[name]!()
      const [cut, end] = [4, 9]
      const whole = run(loop, loop.init(start()), 0, end)
      const half = run(loop, loop.init(start()), 0, cut)
      const stored = throughClone(await toDataAsync(half))
      dispose(half)
      const resumed = run(loops[name]!(), fromData<Train>(stored), cut, end)
      expect(await toDataAsync(resumed)).toEqual(await toDataAsync(whole))
      dispose([whole, resumed])
    },
  )

  test('numbers come back bit for bit, through JSON too, and every dtype as it was', async () => {
    const odd = Float32Array.of(-0, 1e-45, Math.fround(0.1), 3.4e38, -7, Number.NaN, Number.POSITIVE_INFINITY)
    const tree = { a: tf.tensor(odd), b: tf.tensor([1, -2], [2, 1], 'int32'), c: tf.tensor([1, 0], [2], 'bool') }
    for (const through of [throughClone, throughJson]) {
      const again = fromData<typeof tree>(through(await toDataAsync(tree)))
      expect([again.a.dtype, again.b.dtype, again.c.dtype, again.b.shape]).toEqual(['float32', 'int32', 'bool', [2, 1]])
      expect(Array.from(await again.b.data())).toEqual([1, -2])
      expect(Array.from(await again.c.data())).toEqual([1, 0])
      const bits = (x: ArrayLike<number>) => Array.from(new Uint32Array(Float32Array.from(x).buffer))
      expect(bits(await again.a.data())).toEqual(bits(odd))
      dispose(again)
    }
    dispose(tree)
  })

  test('the data is a copy: a step in place does not change it', async () => {
    const loop = loops['sgd with momentum']!()
    const train = loop.init(start())
    const stored = await toDataAsync(train)
    const kept = structuredClone(stored)
    dispose(run(loop, train, 0, 2))
    expect(stored).toEqual(kept)
  })

  test('toData reads at once, or says to wait', async () => {
    const x = tf.square(tf.scalar(2))
    const four = { $tensor: 'float32', version: 1, shape: [], base64: 'AACAQA==' }
    if (engine === 'webgpu') expect(() => toData({ x })).toThrow('await toDataAsync')
    else expect(toData({ x })).toEqual({ x: four })
    expect(await toDataAsync({ x })).toEqual({ x: four })
    x.dispose()
    expect(() => toData({ x })).toThrow('x: expected a tensor, got a disposed tensor')
  })
})
