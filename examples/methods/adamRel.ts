/** Adam-Rel on reinforcement learning: a Q learner on CartPole whose target network is copied every few hundred pushes. */
import { type ArrayLeaf, createArrays } from '../../lib/arrays.ts'
import { adam, adamRel, type GradientTransformation } from '../../lib/core.ts'
import { foldIn, type Key, normals, seedKey, uniforms } from '../models/random.ts'
import { type CartState, hasFallen, longest, pushed, startOf } from './cartPole.ts'
import type { Arm, Experiment, Figures } from './experiment.ts'
import { gradientOf, type Push, type QParams, valuesOf, width } from './qNetwork.ts'

const pushes = 20_000
const copyEvery = 500
const learnEvery = 2
const batch = 64
const memory = 10_000
const warmUp = 1_000
const discount = 0.99

const init = (seed: number): QParams => {
  const key = (part: number): Key => foldIn(seedKey(seed), part)
  return {
    hidden: { w: normals(key(0), 4 * width, Math.sqrt(2 / 4)), b: new Float32Array(width) },
    values: { w: normals(key(1), 2 * width, Math.sqrt(1 / width)), b: new Float32Array(2) },
  }
}

/** Uniform numbers of [0, 1), one after the other, by a key. */
const stream = (key: Key) => {
  let [block, used, at] = [uniforms(foldIn(key, 0), 4096), 0, 0]
  return (): number => {
    if (used === block.length) [block, used] = [uniforms(foldIn(key, ++at), 4096), 0]
    return block[used++]!
  }
}

const copyOf = ({ hidden, values }: QParams): QParams => ({
  hidden: { w: hidden.w.slice(), b: hidden.b.slice() },
  values: { w: values.w.slice(), b: values.b.slice() },
})

interface Method {
  readonly tx: (rate: number) => GradientTransformation
  /** True where moments and count start anew with every target. */
  readonly restarts?: boolean
}

type Leaves = { readonly [part in keyof QParams]: { readonly [leaf in 'w' | 'b']: ArrayLeaf } }

/** The numbers of a network that lies in the arrays' memory, without a copy. */
const viewOf = ({ hidden, values }: Leaves): QParams => ({
  hidden: { w: hidden.w.data, b: hidden.b.data },
  values: { w: values.w.data, b: values.b.data },
})

/** Trains a Q learner. What counts is how long its episodes are, over all pushes and over the last fifth of them. */
const follow = ({ tx, restarts = false }: Method, rate: number, seed: number): Figures => {
  const arrays = createArrays()
  const rule = tx(rate)
  const random = stream(foldIn(seedKey(seed), 7))
  const start = (): CartState => startOf([random(), random(), random(), random()])
  let params = arrays.from(init(seed)) as Leaves
  let state = arrays.init(rule, params)
  let target = copyOf(viewOf(params))
  const seen: Push[] = []
  const ends: { readonly at: number; readonly length: number }[] = []
  const h = new Float64Array(width)
  let [place, length, changed] = [start(), 0, false]
  for (let at = 0; at < pushes; at++) {
    const network = viewOf(params)
    const greedy = random() >= Math.max(0.05, 1 - at / 2_000)
    const [left, right] = greedy ? valuesOf(network, place, h) : [random(), 0.5]
    const action = right > left ? 1 : 0
    const next = pushed(place, action)
    const fell = hasFallen(next)
    seen[at % memory] = { state: place, action, next, fell }
    place = next
    length++
    if (fell || length === longest) {
      ends.push({ at, length })
      place = start()
      length = 0
    }
    if (at < warmUp) continue
    if (at % copyEvery === 0) {
      target = copyOf(network)
      changed = true
      if (restarts) {
        arrays.dispose(state)
        state = arrays.init(rule, params)
      }
    }
    if (at % learnEvery === 0) {
      const rows = Array.from({ length: batch }, () => seen[Math.floor(random() * seen.length)]!)
      const { grads } = gradientOf(network, target, rows, discount)
      const made = arrays.step(rule, grads, state, params, { donate: true, extra: { targetChanged: changed } })
      params = made.params as Leaves
      state = made.state
      changed = false
    }
  }
  arrays.dispose([params, state])
  const mean = (from: number): number => {
    const some = ends.filter(({ at }) => at >= from)
    // Where no episode ended any more, the pole stood all the time.
    return some.length === 0 ? longest : some.reduce((sum, end) => sum + end.length, 0) / some.length
  }
  return { all: mean(0), late: mean(0.8 * pushes), lost: -mean(0.8 * pushes) }
}

const rates = [3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1]
const armOf = (method: Method): Arm => ({
  settings: rates.map(String),
  train: async (rate, seed) => follow(method, Number(rate), seed),
})

const length = (x: number): string => x.toFixed(1)

export const adamRelOnCartPole: Experiment = {
  name: 'adamRel',
  about: `CartPole, ${pushes.toLocaleString('en')} pushes, a Q network of 4, ${width}, 2, a batch of ${batch} every second push, its target copied every ${copyEvery} pushes; in plain arrays`,
  arms: {
    Adam: armOf({ tx: (rate) => adam(rate) }),
    'Adam, moments and count reset': armOf({ tx: (rate) => adam(rate), restarts: true }),
    'Adam-Rel': armOf({ tx: (rate) => adamRel(rate) }),
  },
  tunedBy: 'lost',
  columns: [
    { figure: 'all', heading: 'pushes an episode', text: length },
    { figure: 'late', heading: 'in the last fifth', text: length },
  ],
  questions: [
    { arm: 'Adam-Rel', against: 'Adam', figure: 'late' },
    { arm: 'Adam-Rel', against: 'Adam, moments and count reset', figure: 'late' },
  ],
  setting: 'rate',
  seeds: 10,
}
