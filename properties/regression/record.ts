/** Which trainings of a row are recorded: as few as tell it from every mistake that some training tells. */
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import type { Row } from '../catalogue/row.ts'
import { lawSubject } from '../laws/subject.ts'
import { foundApart } from '../mutants/apart.ts'
import { chanceFrom } from '../mutants/chance.ts'
import { type Inputs, layouts } from '../mutants/inputs.ts'
import { type Mutant, mistakesOf, type Told } from '../mutants/mutants.ts'
import { differs, lineOf, type Recorded, type RecordedRow, rowOf } from './numbers.ts'
import { type Given, type Training, train } from './train.ts'

/** What else a row is given by name. */
interface Named {
  readonly signals: readonly string[]
  readonly extraTrees: readonly string[]
}

const cellsOf = { one: 1, two: 6, three: 10, square: 15, mixed: 33 }
const sizes = [1, 1, 1, 3, 20, 1e-2, 1e-5]

/** A random training: ordinary numbers of one size, zeros among them, some gradients twice. */
const drawn = (seed: number, tree: keyof typeof layouts, length: number, { signals, extraTrees }: Named): Training => {
  const chance = chanceFrom(seed)
  const pick = <A>(xs: readonly A[]): A => xs[Math.floor(chance() * xs.length)] as A
  const size = pick(sizes)
  const number = (): number =>
    chance() < 0.06 ? 0 : Number((Math.round((chance() * 2 - 1) * 1000) * 1e-3 * size).toPrecision(6))
  const numbers = (): number[] => Array.from({ length: cellsOf[tree] }, number)
  const named = <A>(names: readonly string[], value: () => A) =>
    Object.fromEntries(names.map((name) => [name, value()]))
  const steps: Given[] = []
  const start = numbers()
  for (let t = 0; t < length; t++)
    steps.push({
      grads: t > 0 && chance() < 0.1 ? (steps[t - 1] as Given).grads : numbers(),
      ...(signals.length > 0 && { signals: named(signals, () => pick([0, 1, 0.5, Number(chance().toPrecision(3))])) }),
      ...(extraTrees.length > 0 && { trees: named(extraTrees, numbers) }),
    })
  return { tree, start, steps }
}

/** What tells two rules apart, as a training; what it is not given by name is drawn. */
const trainingOf = ({ tree, params, feeds }: Inputs, seed: number, named: Named): Training => {
  const name = (Object.keys(layouts) as (keyof typeof layouts)[]).find((key) => layouts[key] === tree) ?? 'one'
  const others = drawn(seed, name, feeds.length, named).steps
  const lists = (trees: Readonly<Record<string, Float64Array>>) =>
    Object.fromEntries(Object.entries(trees).map(([key, xs]) => [key, [...xs]]))
  const numbers = (signals: Readonly<Record<string, number | Float64Array>>) =>
    Object.fromEntries(Object.entries(signals).map(([key, x]) => [key, typeof x === 'number' ? x : (x[0] as number)]))
  const only = <A>(names: readonly string[], given: Readonly<Record<string, A>>) =>
    Object.fromEntries(names.flatMap((key) => (key in given ? [[key, given[key] as A]] : [])))
  const steps = feeds.map(({ grads, signals, trees }, t): Given => {
    const other = others[t] as Given
    return {
      grads: [...grads],
      ...(other.signals && { signals: { ...other.signals, ...only(named.signals, numbers(signals)) } }),
      ...(other.trees && { trees: { ...other.trees, ...only(named.extraTrees, lists(trees)) } }),
    }
  })
  return { tree: name, start: [...params], steps }
}

/** The training as it is read from the file, and what is made of it; nothing where the transformation takes no such tree. */
const recordedOf = (tx: GradientTransformation, training: Training): Recorded | undefined => {
  try {
    const { runs } = rowOf(lineOf({ row: '', runs: [{ ...training, made: { steps: [], state: [] } }] }))
    const [read] = runs as [Recorded]
    const [run] = rowOf(lineOf({ row: '', runs: [{ ...read, made: train(tx, read) }] })).runs as [Recorded]
    return run
  } catch {
    return undefined
  }
}

/** The first trainings of every row: small ones, one of several leaves, and one of many steps. */
const first = [
  ['one', 4],
  ['three', 3],
  ['one', 24],
] as const
/** Tried where what tells a part of a row from its mistake does not tell the rows. */
const more = [
  ['two', 5],
  ['three', 6],
  ['one', 12],
  ['two', 24],
] as const
const tries = 6
/** Tried at last, for the mistakes of stages and for those of rules that only other trees tell. */
const several = ['square', 'two', 'mixed'] as const
const last = 12

/** Records a row, and says which mistakes no training told. */
export const record = (row: Row): { readonly recorded: RecordedRow; readonly living: readonly Mutant[] } => {
  const tx = row.make()
  const named = lawSubject(row.name, tx)
  const runs: Recorded[] = []
  let alive: readonly Told[] = mistakesOf(tx).mutants
  /** Keeps a training that tells a mistake that none before it told. */
  const take = (training: Training, anyway = false): boolean => {
    const run = recordedOf(tx, training)
    if (!run) return false
    const still = alive.filter((mutant) => !differs(mutant.tx, run))
    const tells = still.length < alive.length
    if (tells || anyway) runs.push(run)
    alive = still
    return tells
  }
  first.forEach(([tree, length], k) => {
    take(drawn(k + 1, tree, length, named), runs.length === 0)
  })
  const living: Mutant[] = []
  while (alive.length > 0) {
    const mutant = alive[0] as Told
    const apart = foundApart(mutant.meant, mutant.rule)
    if (apart) take(trainingOf(apart, 7, named))
    for (let k = 0; k < tries * more.length && alive[0] === mutant; k++) {
      const [tree, length] = more[k % more.length] as (typeof more)[number]
      take(drawn(100 + k, tree, length, named))
    }
    if (alive[0] !== mutant) continue
    living.push(mutant)
    alive = alive.slice(1)
  }
  const stages = mistakesOf(tx).stages.filter((mutant) => !runs.some((run) => differs(mutant.tx, run)))
  let wrong: readonly Mutant[] = [...living, ...stages]
  for (let k = 0; k < last && wrong.length > 0; k++) {
    const run = recordedOf(tx, drawn(200 + k, several[k % several.length] as (typeof several)[number], 4, named))
    const still = run ? wrong.filter((mutant) => !differs(mutant.tx, run)) : wrong
    if (run && still.length < wrong.length) runs.push(run)
    wrong = still
  }
  return { recorded: { row: row.name, runs }, living: wrong }
}
