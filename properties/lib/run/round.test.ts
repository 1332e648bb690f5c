import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import '../../../lib/gradients.ts'
import { createArrays } from '../../../lib/arrays.ts'
import {
  adamw,
  addDecayedWeights,
  chain,
  clipByGlobalNorm,
  cosineDecaySchedule,
  dispose,
  type GradientTransformation,
  injectHyperparams,
  lamb,
  masked,
  multiSteps,
  prodigy,
  releaseBackend,
  scaleByAdam,
  scaleByLearningRate,
  sgd,
  skipNotFinite,
  step,
  useBackend,
  withGradient,
} from '../../../lib/index.ts'
import { roundCounters } from '../../../lib/run/round.ts'

type Tree = { a: tf.Tensor; b: { c: tf.Tensor; d: tf.Tensor }[] }
type Own = { a: number[]; b: { c: number[]; d: number[] }[] }

/** Other numbers for each `n`. */
const numbers = (n: number): Own => {
  const of = (count: number, at: number) => Array.from({ length: count }, (_, i) => Math.sin(1 + 7 * n + 3 * at + i))
  return { a: of(6, 0), b: [{ c: of(5, 1), d: of(1, 2) }] }
}
const tensors = (n: number): Tree => {
  const { a, b } = numbers(n)
  return { a: tf.tensor(a, [2, 3]), b: b.map(({ c, d }) => ({ c: tf.tensor1d(c), d: tf.tensor1d(d) })) }
}
const leavesOf = ({ a, b }: Tree): tf.Tensor[] => [a, ...b.flatMap(({ c, d }) => [c, d])]
const read = (tree: Tree): number[][] => leavesOf(tree).map((leaf) => [...leaf.dataSync()])

interface Train {
  params: Tree
  state: unknown
}

/** Something that happens before a step: to what it is given, or to its gradients. */
type Event = (train: Train, grads: Tree) => void
type Events = Readonly<Record<number, Event>>

/** Ten steps, and after each the parameters; how many took the short way. */
const trained = (tx: GradientTransformation, donate: boolean, events: Events = {}) => {
  const before = roundCounters.taken
  const start = tensors(0)
  let train: Train = { params: start, state: tx.init(start) }
  const seen: number[][][] = []
  for (let n = 1; n <= 10; n++) {
    const grads = tensors(n)
    events[n]?.(train, grads)
    const next = step(tx, grads as never, train.state, train.params as never, { donate })
    if (!donate) dispose([train.params, train.state])
    train = { params: next.params as unknown as Tree, state: next.state }
    seen.push(read(train.params))
    dispose(grads)
  }
  dispose([train.params, train.state])
  return { seen, taken: roundCounters.taken - before }
}

/** The same numbers as without `donate`, and so many steps by the short way. */
const expectSame = (tx: GradientTransformation, taken: number, events: Events = {}) => {
  const tensorsBefore = tf.memory().numTensors
  const short = trained(tx, true, events)
  expect(short.seen).toEqual(trained(tx, false, events).seen)
  expect(short.taken).toBe(taken)
  expect(tf.memory().numTensors).toBe(tensorsBefore)
}

describe('the short way of a donated step', () => {
  beforeAll(async () => {
    await useBackend({ prefer: ['wasm'] })
  })
  afterAll(releaseBackend)

  const isMatrix = () => ({ a: true, b: [{ c: false, d: false }] })
  const straight: Readonly<Record<string, GradientTransformation>> = {
    sgd: sgd(0.1) as GradientTransformation,
    adamw: adamw(0.1) as GradientTransformation,
    'adamw with a mark': adamw(0.1, { predictSteps: 1 }) as GradientTransformation,
    'a decay of some leaves': adamw(0.1, { weightDecay: 0.1, mask: isMatrix as never }) as GradientTransformation,
    'a schedule as data': adamw(cosineDecaySchedule({ initValue: 0.1, decaySteps: 8 })) as GradientTransformation,
    'a schedule that is a function': adamw((count: number) => 0.1 / (1 + count)) as GradientTransformation,
    'numbers as slots': injectHyperparams(adamw)(0.1) as GradientTransformation,
    'a chain with a mask': chain(
      scaleByAdam(),
      masked(addDecayedWeights({ weightDecay: 0.1 }), { a: true, b: [{ c: false, d: true }] } as never),
      scaleByLearningRate(0.1),
    ) as GradientTransformation,
  }
  it.each(Object.entries(straight))('is taken from the third step on: %s', (_, tx) => {
    expectSame(tx, 8)
  })

  const longer: Readonly<Record<string, GradientTransformation>> = {
    'a reduction of the tree': chain(clipByGlobalNorm(1), adamw(0.1)) as GradientTransformation,
    'reductions of leaves': lamb(0.1) as GradientTransformation,
    'a gate': multiSteps(adamw(0.1), { everyKSchedule: 3 }) as GradientTransformation,
    'a gate that skips': multiSteps(sgd(0.1), {
      everyKSchedule: 2,
      shouldSkipUpdateFn: skipNotFinite,
    }) as GradientTransformation,
    'numbers of the tree': prodigy() as GradientTransformation,
  }
  it.each(Object.entries(longer))('is taken where a step is several passes: %s', (_, tx) => {
    expectSame(tx, 8)
  })

  const tx = adamw(0.1) as GradientTransformation
  const events: Readonly<Record<string, readonly [Event, number]>> = {
    'a parameter is exchanged in the tree': [
      ({ params }) => {
        const old = params.a
        params.a = tf.tensor(numbers(20).a, [2, 3])
        old.dispose()
      },
      6,
    ],
    'the tree is another with the same tensors': [
      (train) => {
        train.params = { a: train.params.a, b: [...train.params.b] }
      },
      8,
    ],
    'a moment is exchanged in the state': [
      ({ state }) => {
        const at = (state as { mu: Tree }[])[0] as { mu: Tree }
        at.mu.a.dispose()
        at.mu.a = tf.tensor(numbers(21).a, [2, 3])
      },
      6,
    ],
    'the count is set back': [
      (train) => {
        const [first, ...rest] = train.state as { count: number }[]
        train.state = [{ ...first, count: 1 }, ...rest]
      },
      8,
    ],
    'a gradient is the parameter': [
      ({ params }, grads) => {
        grads.a.dispose()
        grads.a = params.a
      },
      6,
    ],
  }
  it.each(Object.entries(events))('sees that %s', (_, [event, taken]) => {
    expectSame(tx, taken, { 6: event })
  })

  it('sees somebody else who holds a parameter', () => {
    const params = tensors(0)
    let train: Train = { params, state: tx.init(params) }
    const go = () => {
      const { params, state } = step(tx, grads as never, train.state, train.params as never, { donate: true })
      train = { params: params as unknown as Tree, state }
    }
    const grads = tensors(1)
    for (let n = 0; n < 4; n++) go()
    const kept = train.params.a.clone()
    const numbersThen = [...kept.dataSync()]
    go()
    expect([...kept.dataSync()]).toEqual(numbersThen)
    dispose([kept, grads, train.params, train.state])
  })

  const many = 1100
  const kinds = {
    list: (of: (i: number) => tf.Tensor): unknown => Array.from({ length: many }, (_, i) => of(i)),
    record: (of: (i: number) => tf.Tensor): unknown =>
      Object.fromEntries(Array.from({ length: many }, (_, i) => [`leaf ${i}`, of(i)])),
    'record of lists': (of: (i: number) => tf.Tensor): unknown => ({
      a: Array.from({ length: many - 10 }, (_, i) => of(i)),
      b: { c: Array.from({ length: 10 }, (_, i) => of(many - 10 + i)) },
    }),
  }
  it.each(Object.entries(kinds))('sees in a %s of many leaves that one was exchanged, shared or added', (_, treeOf) => {
    const tx = sgd(1)
    const grads = treeOf(() => tf.scalar(1)) as Tree
    let params = treeOf((i) => tf.scalar(i)) as Tree
    let state: unknown = tx.init(params as never)
    const go = (): number => {
      const before = roundCounters.taken
      const made = step(tx, grads as never, state as never, params as never, { donate: true })
      params = made.params as unknown as Tree
      state = made.state
      return roundCounters.taken - before
    }
    /** The branch in which most leaves stand. */
    const branch = (): Record<string, tf.Tensor> => ('b' in params ? params.a : params) as never
    const [key, other] = Object.keys(branch()).slice(-2) as [string, string]
    const at = (name: string): number => branch()[name]?.dataSync()[0] as number
    for (let n = 0; n < 4; n++) go()
    expect(go()).toBe(1)
    const was = at(other)
    // What stood there is alive, and nobody else's: only the tree tells.
    const left = [branch()[key]]
    branch()[key] = tf.scalar(70)
    expect(go()).toBe(0)
    expect([at(key), at(other)]).toEqual([69, was - 1])
    for (let n = 0; n < 3; n++) go()
    expect(at(key)).toBe(66)
    left.push(branch()[key])
    branch()[key] = branch()[other] as tf.Tensor
    expect(go()).toBe(0)
    expect([at(key), at(other)]).toEqual([was - 5, was - 5])
    const added = tf.scalar(3)
    branch()[Array.isArray(branch()) ? Object.keys(branch()).length : 'more'] = added
    expect(go).toThrow(/expected/)
    dispose([params, state, grads, left, added])
  })

  it('has the words of the long way for what is wrong, and changes nothing then', () => {
    const params = tensors(0)
    let train: Train = { params, state: tx.init(params) }
    const go = (grads: Tree) => {
      const { params, state } = step(tx, grads as never, train.state, train.params as never, { donate: true })
      train = { params: params as unknown as Tree, state }
    }
    for (let n = 1; n < 5; n++) go(tensors(n))
    const before = read(train.params)
    const short = { ...tensors(5), a: tf.ones([3]) }
    expect(() => go(short)).toThrow(/updates\.a: expected a float32 tensor of shape \[2, 3\], got shape \[3\]/)
    const gone = tensors(5)
    gone.a.dispose()
    expect(() => go(gone)).toThrow(/updates\.a: .*disposed/)
    const used = train.state
    expect(read(train.params)).toEqual(before)
    go(tensors(5))
    train.state = used
    expect(() => go(tensors(6))).toThrow(/consumed/)
  })

  it('asks a schedule that is a function once a step, and refuses what is no number before anything is written', () => {
    let asked = 0
    const rate = (count: number): number => {
      asked++
      return count === 6 ? Number.NaN : 0.1
    }
    const scheduled = adamw(rate) as GradientTransformation
    const params = tensors(0)
    let train: Train = { params, state: scheduled.init(params) }
    const go = () => {
      const { params, state } = step(scheduled, tensors(1) as never, train.state, train.params as never, {
        donate: true,
      })
      train = { params: params as unknown as Tree, state }
    }
    for (let n = 0; n < 6; n++) go()
    expect(asked).toBe(6)
    const before = read(train.params)
    expect(go).toThrow(/one number/)
    expect(read(train.params)).toEqual(before)
    dispose([train.params, train.state])
  })

  it('gives back the gradients of a trainer', () => {
    const target = tensors(3)
    const loss = (p: Tree) =>
      tf.addN(leavesOf(p).map((w, i) => tf.sum(tf.square(tf.sub(w, leavesOf(target)[i] as tf.Tensor))))) as tf.Scalar
    const trainer = withGradient(loss as never, tx, { donate: true })
    let train = trainer.init(tensors(0) as never)
    const before = roundCounters.taken
    const counts: number[] = []
    for (let n = 0; n < 8; n++) {
      const made = trainer.step(train)
      made.value.dispose()
      train = made.train
      counts.push(tf.memory().numTensors)
    }
    expect(new Set(counts.slice(1)).size).toBe(1)
    expect(roundCounters.taken - before).toBe(6)
    dispose([train, target])
  })
})

describe('the short way of plain arrays', () => {
  it('keeps two memories apart that share an optimizer', () => {
    const tx = adamw(0.1)
    const grads = (n: number) => ({ a: Float32Array.from(numbers(n).a) })
    const worlds = [createArrays(), createArrays()]
    /** Six steps of each, in the order that is given. */
    const numbersAfter = (order: readonly number[]): number[][] => {
      const trains = worlds.map((world, i) => {
        const params = world.from(grads(20 + i))
        return { world, params, state: world.init(tx, params) }
      })
      const done = [0, 0]
      for (const i of order) {
        const train = trains[i] as (typeof trains)[number]
        const n = (done[i] as number)++
        Object.assign(train, train.world.step(tx, grads(n), train.state, train.params, { donate: true }))
      }
      const made = trains.map(({ params }) => [...params.a.data])
      for (const { world, params, state } of trains) world.dispose([params, state])
      return made
    }
    const before = roundCounters.taken
    const inTurns = numbersAfter([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
    expect(roundCounters.taken - before).toBe(8)
    expect(numbersAfter([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])).toEqual(inTurns)
    expect(worlds.map((world) => world.memory().numArrays)).toEqual([0, 0])
  })
})
