/** Runs a case on the active backend and holds every step against float64. */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import type { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeLeaves, treeMap, treeWithLeaves } from '../../lib/data/tree.ts'
import type { Extra } from '../../lib/form/form.ts'
import type { RunMade } from '../../lib/form/given.ts'
import {
  applyUpdates,
  type Data,
  dispose,
  fromData,
  type GradientTransformation,
  type Params,
  step,
  toDataAsync,
} from '../../lib/index.ts'
import { Broken } from '../laws/law.ts'
import { sameNumbers } from '../laws/same.ts'
import type { Subject } from '../laws/subject.ts'
import { get, put, tensorWorld } from '../laws/world.ts'
import { agree, type Compared, type Mode } from './agree.ts'
import { type Case, driverOf, subjectFor } from './cases.ts'
import { chanceOf } from './chance.ts'
import { numbersFor } from './numbers.ts'

/** What a training carries. */
interface Now {
  readonly params: Params
  readonly state: unknown
  readonly ahead?: Params
}

type Made = RunMade<tf.Tensor>
type Tree0 = Tree<tf.Tensor>

/** One step of a training: what it made, of which `next` is carried on; what else it made is `spare`. */
type Step = (
  now: Now,
  grads: Params,
  extra: Extra,
) => { readonly made: Made; readonly next: Now; readonly spare?: unknown }

/** A loss whose gradient is what is given: Σ c·p. Leaves without elements have none: tfjs cannot sum them on WebGPU. */
const linear = (params: Params, grads: Params): tf.Scalar => {
  const others = treeLeaves(grads as Tree0)
  const leaves = treeLeaves(params as Tree0)
  const isEmpty = leaves.every(({ size }) => size === 0)
  const terms = leaves.flatMap((p, i) => (p.size > 0 || isEmpty ? [tf.sum(tf.mul(p, others[i] as tf.Tensor))] : []))
  return tf.addN(terms) as tf.Scalar
}

const modes: { readonly [way in Case['way']]: Mode } = { update: 'update', step: 'step', driver: 'lookahead' }

const stepOf = ({ way, donate }: Case, subject: Subject): Step => {
  const tx = subject.tx as GradientTransformation<unknown>
  if (way === 'update')
    return ({ params, state }, grads, extra) => {
      const [updates, next] = tx.update(grads, state, params, extra)
      const moved = applyUpdates(params, updates)
      return { made: { updates: updates as Tree0, state: next }, next: { params: moved, state: next }, spare: updates }
    }
  if (way === 'step')
    return ({ params, state }, grads, extra) => {
      const next = step(tx, grads, state, params, { donate, extra })
      return { made: next as Made, next }
    }
  const options = { donate, extra: (_: Params, given: Extra) => given }
  const trainer = driverOf(subject)(linear as never, tx, options as never)
  return (now, grads, extra) => {
    const { train, value } = trainer.step(now as never, ...([grads, extra] as unknown as never[]))
    return { made: train as unknown as Made, next: train as Now, spare: value }
  }
}

const world = () => tensorWorld()

/** Leaves of one shape are one tensor. */
const shared = (params: Tree0): Tree0 => {
  const known = new Map<string, tf.Tensor>()
  const leaves = treeLeaves(params).map((leaf) => {
    const key = leaf.shape.join()
    const other = known.get(key)
    if (!other) known.set(key, leaf)
    else if (other !== leaf) leaf.dispose()
    return other ?? leaf
  })
  return treeWithLeaves(params, leaves)
}

const startOf = (of: Case, subject: Subject, training: number): Now => {
  const made = put(world(), numbersFor(of, `params ${training}`)) as Tree0
  const params = (of.shared ? shared(made) : made) as Params
  const state = subject.tx.init(params)
  return of.way === 'driver' && subject.marked ? { params, state, ahead: params } : { params, state }
}

const extraOf = (of: Case, { signals, extraTrees }: Subject, name: string): Extra => {
  const chance = chanceOf(of.seed, name)
  const numbers = signals.map((signal) => [signal, chance.whole(0, 1)])
  const trees = extraTrees.map((tree) => [tree, put(world(), numbersFor(of, `${name} ${tree}`))])
  return Object.fromEntries([...numbers, ...trees])
}

/** The same through JSON; what was given is given back. */
const restored = async <A>(tree: A): Promise<A> => {
  const before = await get(world(), tree)
  const text = JSON.stringify(await toDataAsync(tree as never))
  const again = fromData(JSON.parse(text) as Data) as A
  sameNumbers('read back from JSON', await get(world(), again), before)
  dispose(tree)
  return again
}

/** What a training holds and nothing else does. */
const drop = (now: Now): void => dispose([now.params, now.state, ...(now.ahead ? [now.ahead] : [])])

/** Plays a case. Throws `Broken` where a step is not what float32 may make of it, changes what it must not, or leaks. */
export const play = async (of: Case): Promise<Compared> => {
  const subject = subjectFor(of.recipe)
  if (!subject) throw new Error('no such optimizer')
  const before = tf.memory().numTensors
  const step = stepOf(of, subject)
  const trainings = Array.from({ length: of.trainings }, (_, training) => startOf(of, subject, training))
  const turns = chanceOf(of.seed, 'turns')
  let [numbers, explained] = [0, 0]
  for (let t = 0; t < of.steps; t++) {
    const turn = turns.whole(0, of.trainings - 1)
    const compared = await oneStep(of, subject, step, trainings, turn, t, turns.happens(of.restored)).catch((error) => {
      if (!(error instanceof Broken)) throw error
      throw new Broken(`step ${t + 1}, training ${turn + 1}: ${error.message}`)
    })
    numbers += compared.numbers
    explained += compared.explained
  }
  trainings.forEach(drop)
  const left = tf.memory().numTensors - before
  if (left !== 0) throw new Broken(`${left} tensors left when all was given back`)
  return { numbers, explained }
}

const oneStep = async (
  of: Case,
  subject: Subject,
  step: Step,
  trainings: Now[],
  turn: number,
  t: number,
  restore: boolean,
): Promise<Compared> => {
  const grads = put(world(), numbersFor(of, `grads ${t}`)) as Params
  const extra = extraOf(of, subject, `extra ${t}`)
  const now = trainings[turn] as Now
  if (restore) trainings[turn] = { ...now, state: await restored(now.state) }
  const { params, state, ahead } = trainings[turn] as Now
  const others = await get(world(), trainings.toSpliced(turn, 1))
  const given = (await get(world(), { grads, state, params, extra })) as never
  const { made, next, spare } = step({ params, state, ...(ahead && { ahead }) }, grads, extra)
  const read = (await get(world(), made)) as unknown as RunMade<NdArray>
  if (!of.donate) {
    sameNumbers('what was given', await get(world(), { grads, state, params, extra }), given)
    drop({ params, state, ...(ahead && { ahead }) })
  } else sameNumbers('the gradients', await get(world(), grads), (given as { grads: Tree<NdArray> }).grads)
  sameNumbers('another training', await get(world(), trainings.toSpliced(turn, 1)), others)
  dispose([spare ?? [], grads, treeMap(extra as Tree<unknown>, (leaf) => leaf)] as never)
  trainings[turn] = next
  const mode = modes[of.way] === 'lookahead' && !subject.marked ? 'step' : modes[of.way]
  return agree(subject.tx.form, mode, subject.opaque, given, read)
}
