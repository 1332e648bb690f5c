import '../../../lib/gradients.ts'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import {
  adam,
  adamRel,
  adamw,
  amsgrad,
  chain,
  clipByGlobalNorm,
  type Data,
  dispose,
  float64,
  fromData,
  type GradientTransformation,
  lamb,
  lion,
  lookaheadPermutation,
  marsAdamw,
  marsShampoo,
  masked,
  partition,
  sgd,
  switchEma,
  type Trainer,
  toData,
  toDataAsync,
  withGradient,
  withLookaheadGradient,
  withPairedGradient,
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

type Loop = Trainer<{ readonly params: Net }, Net, [tf.Tensor]>
const rate = (count: number): number => 0.05 / (1 + count)
const plain = (tx: GradientTransformation): Loop => withGradient(loss, tx, { donate: true })
const isTall = { w: true, inner: false }

const loops: { readonly [name: string]: () => Loop } = {
  'sgd with momentum': () => plain(sgd(0.01, { momentum: 0.9 })),
  'adamw with a schedule behind a global clip': () => plain(chain(clipByGlobalNorm(1), adamw(rate))),
  'amsgrad, masked': () => plain(masked(amsgrad(0.05), isTall)),
  'lion and lamb by partition': () => plain(partition({ a: lion(0.01), b: lamb(0.01) }, { w: 'a', inner: 'b' })),
  'adamRel with resets': () => plain(adamRel(0.05, { resetEvery: 3 })),
  marsAdamw: () => plain(marsAdamw(0.05)),
  marsShampoo: () => plain(marsShampoo(0.05)),
  'marsAdamw, exact': () => withPairedGradient(loss, marsAdamw(0.05, { mode: 'exact' }), { donate: true }),
  'switchEma of lookahead adamw': () =>
    withLookaheadGradient(loss, switchEma(adamw(0.05, { predictSteps: 2 }), { decay: 0.8, switchEvery: 3 }), {
      donate: true,
    }),
  'switchEma of marsShampoo': () => plain(switchEma(marsShampoo(0.05), { decay: 0.8, switchEvery: 3 })),
  lookaheadPermutation: () => plain(lookaheadPermutation(adam(0.05), { k: 3 })),
}

type Train = { readonly params: Net }
const run = (loop: Loop, train: Train, from: number, to: number): Train => {
  let now = train
  for (let t = from; t < to; t++) {
    const x = tf.scalar(Math.sin(t))
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

describe('fromData', () => {
  test('refuses numbers that do not fit their shape, by path', () => {
    const data = { mu: { $tensor: 'float32', shape: [2, 2], data: [1, 2, 3] } } as const
    expect(() => fromData(data)).toThrow('mu: expected 4 numbers, got 3. Give what toData made.')
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
    const odd = Float32Array.of(-0, 1e-45, Math.fround(0.1), 3.4e38, -7)
    const tree = { a: tf.tensor(odd), b: tf.tensor([1, -2], [2, 1], 'int32'), c: tf.tensor([1, 0], [2], 'bool') }
    for (const through of [throughClone, throughJson]) {
      const again = fromData<typeof tree>(through(await toDataAsync(tree)))
      expect([again.a.dtype, again.b.dtype, again.c.dtype, again.b.shape]).toEqual(['float32', 'int32', 'bool', [2, 1]])
      expect(Array.from(await again.b.data())).toEqual([1, -2])
      expect(Array.from(await again.c.data())).toEqual([1, 0])
      const bits = (x: ArrayLike<number>) => Array.from(new Uint32Array(Float32Array.from(x).buffer))
      const wanted = through === throughJson ? odd.map((x) => x + 0) : odd
      expect(bits(await again.a.data())).toEqual(bits(wanted))
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
    if (engine === 'webgpu') expect(() => toData({ x })).toThrow('await toDataAsync')
    else expect(toData({ x })).toEqual({ x: { $tensor: 'float32', shape: [], data: Float32Array.of(4) } })
    expect(await toDataAsync({ x })).toEqual({ x: { $tensor: 'float32', shape: [], data: Float32Array.of(4) } })
    x.dispose()
    expect(() => toData({ x })).toThrow('x: expected a tensor, got a disposed tensor')
  })
})
