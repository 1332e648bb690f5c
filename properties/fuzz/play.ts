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
import { type Case, subjectFor } from './cases.ts'
import { chanceOf } from './chance.ts'
import { type Evidence, type Now, openDriver, treesFor } from './driver.ts'
import { numbersFor } from './numbers.ts'

type Made = RunMade<tf.Tensor>
type Tree0 = Tree<tf.Tensor>

/** One step of a training: what it made, of which `next` is carried on; what else it made is `spare`. */
type Step = (
  now: Now,
  grads: Params,
  extra: Extra,
) => { readonly made: Made; readonly next: Now; readonly spare?: unknown }

/** How a case goes: its start, its steps, and what the optimizer is given in each. */
interface Way {
  readonly init: (params: Params) => Now
  readonly step: Step
  readonly evidence: (now: Now, grads: Params, extra: Extra) => Evidence
}

const isDriven = ({ way }: Case): boolean => way === 'driver' || way === 'trainer'

const wayOf = (of: Case, subject: Subject): Way => {
  const { way, donate } = of
  const tx = subject.tx as GradientTransformation<unknown>
  if (isDriven(of)) {
    const seed = chanceOf(of.seed, 'draws').whole(0, 2 ** 31)
    const { init, step, evidence } = openDriver(subject, way === 'trainer', donate, seed)
    const driven: Step = (now, grads, extra) => {
      const { train, value } = step(now, grads, extra)
      const { params, state, ahead } = train
      return { made: { params, state, ...(ahead && { ahead }) } as unknown as Made, next: train, spare: value }
    }
    return { init, step: driven, evidence }
  }
  const init = (params: Params): Now => ({ params, state: tx.init(params) })
  const evidence = (_: Now, grads: Params, extra: Extra): Evidence => ({ grads, extra, beside: {}, own: [] })
  if (way === 'update') {
    const updated: Step = ({ params, state }, grads, extra) => {
      const [updates, next] = tx.update(grads, state, params, extra)
      const moved = applyUpdates(params, updates)
      return { made: { updates: updates as Tree0, state: next }, next: { params: moved, state: next }, spare: updates }
    }
    return { init, evidence, step: updated }
  }
  const stepped: Step = ({ params, state }, grads, extra) => {
    const next = step(tx, grads, state, params, { donate, extra })
    return { made: next as Made, next }
  }
  return { init, evidence, step: stepped }
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

const startOf = (of: Case, { init }: Way, training: number): Now => {
  const made = put(world(), numbersFor(of, `params ${training}`)) as Tree0
  return init((of.shared ? shared(made) : made) as Params)
}

const extraOf = (of: Case, subject: Subject, name: string): Extra => {
  const chance = chanceOf(of.seed, name)
  const numbers = subject.signals.map((signal) => [signal, chance.whole(0, 1)])
  const trees = treesFor(subject, isDriven(of)).map((tree) => [tree, put(world(), numbersFor(of, `${name} ${tree}`))])
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
const drop = (now: Now): void => dispose(Object.values(now))

/** Plays a case. Throws `Broken` where a step is not what float32 may make of it, changes what it must not, or leaks. */
export const play = async (of: Case): Promise<Compared> => {
  const subject = subjectFor(of.recipe)
  if (!subject) throw new Error('no such optimizer')
  const before = tf.memory().numTensors
  const way = wayOf(of, subject)
  const trainings = Array.from({ length: of.trainings }, (_, training) => startOf(of, way, training))
  const turns = chanceOf(of.seed, 'turns')
  let [numbers, explained] = [0, 0]
  for (let t = 0; t < of.steps; t++) {
    const turn = turns.whole(0, of.trainings - 1)
    const compared = await oneStep(of, subject, way, trainings, turn, t, turns.happens(of.restored)).catch((error) => {
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
  { step, evidence }: Way,
  trainings: Now[],
  turn: number,
  t: number,
  restore: boolean,
): Promise<Compared> => {
  const grads = put(world(), numbersFor(of, `grads ${t}`)) as Params
  const extra = extraOf(of, subject, `extra ${t}`)
  const carried = trainings[turn] as Now
  if (restore) trainings[turn] = { ...carried, state: await restored(carried.state) }
  const now = trainings[turn] as Now
  const others = await get(world(), trainings.toSpliced(turn, 1))
  const due = evidence(now, grads, extra)
  const { params, state, ahead } = now
  const read = (tree: unknown) => get(world(), tree)
  const given = (await read({ grads: due.grads, state, params, extra: due.extra, ...(ahead && { ahead }) })) as never
  const [before, slopes, beside] = [await read([now, extra]), await read(grads), await read(due.beside)]
  dispose(due.own)
  const { made, next, spare } = step(now, grads, extra)
  const found = (await read(made)) as unknown as RunMade<NdArray>
  if (!of.donate) {
    sameNumbers('what was given', await read([now, extra]), before)
    drop(now)
  }
  sameNumbers('the gradients', await read(grads), slopes)
  sameNumbers('another training', await read(trainings.toSpliced(turn, 1)), others)
  for (const [name, expected] of Object.entries(beside))
    sameNumbers(name, await read(next[name as keyof Now]), expected)
  dispose([spare ?? [], grads, treeMap(extra as Tree<unknown>, (leaf) => leaf)] as never)
  trainings[turn] = next
  const mode = isDriven(of) ? (subject.marked ? 'lookahead' : 'step') : (of.way as Mode)
  return agree(subject.tx.form, mode, subject.opaque, given, found)
}
