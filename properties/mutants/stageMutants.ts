/** Mutants of the stages that are written on array operations: their operations, each changed where it is called. */
import { NdArray } from '../../lib/data/ndArray.ts'
import { pathText } from '../../lib/data/path.ts'
import { type Tree, treeEntries } from '../../lib/data/tree.ts'
import type { Form } from '../../lib/form/form.ts'
import { type GradientTransformation, transformation } from '../../lib/form/transformation.ts'
import { sameNumbers, within } from '../laws/same.ts'
import { lawSubject } from '../laws/subject.ts'
import { machine, numberWorld } from '../laws/world.ts'
import { nested } from './asTest.ts'
import { chanceFrom } from './chance.ts'
import { mistakenOps, noting, type Wrong } from './stageMistakes.ts'

type Opaque = Form & { readonly kind: 'opaque' }

/** A stage on array operations in a form, and the form with another in its place. */
export interface StagePlace {
  readonly stage: Opaque
  readonly put: (stage: Opaque) => Form
}

/** A mutant of a stage. */
export interface StageMutant {
  readonly name: string
  readonly at: string
  readonly formula: string
  readonly tx: GradientTransformation
  /** What tells it from the transformation; nothing where none of the trainings does. */
  readonly training: StageTraining | undefined
}

/** A training of square and other matrices, and of a vector. */
export interface StageTraining {
  readonly params: Tree<NdArray>
  readonly grads: readonly Tree<NdArray>[]
  readonly extra: Readonly<Record<string, unknown>>
}

const layouts: readonly Readonly<Record<string, readonly number[]>>[] = [
  { w: [2, 2] },
  { w: [3, 3], b: [3] },
  { w: [2, 3], v: [3, 2] },
]

const drawn = (tx: GradientTransformation, seed: number): StageTraining => {
  const chance = chanceFrom(seed)
  const layout = layouts[seed % layouts.length] as Readonly<Record<string, readonly number[]>>
  const tree = (): Tree<NdArray> =>
    Object.fromEntries(
      Object.entries(layout).map(([name, shape]) => {
        const size = shape.reduce((n, d) => n * d, 1)
        const numbers = Float64Array.from({ length: size }, () => Math.round((chance() * 2 - 1) * 1000) / 1000)
        return [name, new NdArray(numbers, [...shape])]
      }),
    )
  const { signals, extraTrees } = lawSubject('', tx)
  const named = (names: readonly string[], value: () => unknown) => names.map((name) => [name, value()] as const)
  return {
    params: tree(),
    grads: Array.from({ length: 4 }, tree),
    extra: Object.fromEntries([...named(signals, () => 1), ...named(extraTrees, tree)]),
  }
}

/** The parameters of each step. */
const path = (tx: GradientTransformation, { params: start, grads, extra }: StageTraining): readonly unknown[] => {
  const own = machine(tx.form, numberWorld)
  let [params, state] = [start, own.init(start)]
  return grads.map((g) => {
    const made = own.step(g, state, params, extra as never)
    params = made.params as Tree<NdArray>
    state = made.state
    return params
  })
}

const trainings = 24

/** The first training, and as many steps of it as are needed, that tells two transformations apart. */
const apart = (
  meant: readonly { readonly training: StageTraining; readonly path: readonly unknown[] }[],
  wrong: GradientTransformation,
) => {
  for (const { training, path: expected } of meant) {
    let found: readonly unknown[]
    try {
      found = path(wrong, training)
    } catch {
      return training
    }
    const t = expected.findIndex((params, k) => {
      try {
        sameNumbers('', found[k], params, within(1e-9, 1e-6))
        return false
      } catch {
        return true
      }
    })
    if (t >= 0) return { ...training, grads: training.grads.slice(0, t + 1) }
  }
  return undefined
}

const withOps = (stage: Opaque, change: (ops: never) => unknown): Opaque => ({
  ...stage,
  onOps: ((ops: never, runs: never) => stage.onOps?.(change(ops) as never, runs)) as NonNullable<Opaque['onOps']>,
})

/** The trainings of a transformation that it takes. */
const trainingsOf = (tx: GradientTransformation) =>
  Array.from({ length: trainings }, (_, seed) => drawn(tx, seed)).flatMap((training) => {
    try {
      return [{ training, path: path(tx, training) }]
    } catch {
      return []
    }
  })

/** A training of matrices, square ones among them, that tells a transformation from what it should be. */
export const onMatrices = (meant: GradientTransformation, tx: GradientTransformation): StageTraining | undefined =>
  apart(trainingsOf(meant), tx)

/** The mutants of a stage in its transformation; of a kind that fails on every tree, and of a change that no shape allows, there are none. */
export const stageMutants = ({ stage, put }: StagePlace): readonly StageMutant[] => {
  const found = new Map<string, Wrong[]>()
  const counts = new Map()
  const noted = transformation(put(withOps(stage, (ops) => noting(ops, found, counts)))) as GradientTransformation
  const meant = trainingsOf(noted)
  return [...found.values()].flat().flatMap((wrong) => {
    let times = 0
    const mistaken = withOps(stage, (ops) => mistakenOps(ops, wrong, () => times++))
    const mutant = transformation(put(mistaken)) as GradientTransformation
    const { name, at } = wrong
    const training = apart(meant, mutant)
    if (times === 0) return []
    return [{ name, at: `${stage.name}: ${at}`, formula: `${stage.name}: ${name}`, tx: mutant, training }]
  })
}

const treeText = (tree: Tree<NdArray>): string =>
  `{ ${treeEntries(tree)
    .map(([path, { data, shape }]) => `${pathText(path)}: ${nested([...data], shape)}`)
    .join(', ')} }`

/** A training in words: where it starts, and its gradients. */
export const trainingText = ({ params, grads }: StageTraining): string =>
  `${treeText(params)} by gradients ${grads.map(treeText).join(', ')}`

const extraText = (extra: StageTraining['extra']): string =>
  Object.entries(extra)
    .map(([name, x]) => `${JSON.stringify(name)}: ${typeof x === 'number' ? x : treeText(x as Tree<NdArray>)}`)
    .join(', ')

const numbersIn = (tree: unknown): number[] => treeEntries(tree as Tree<NdArray>).flatMap(([, { data }]) => [...data])

/** The first number of the last step in which a mutant differs; the first of all where it fails. */
const firstWrong = (expected: unknown, tx: GradientTransformation, training: StageTraining): number => {
  const ys = numbersIn(expected)
  try {
    const xs = numbersIn(path(tx, training).at(-1))
    return Math.max(
      0,
      ys.findIndex((y, i) => !within(1e-9, 1e-6)(xs[i] as number, y)),
    )
  } catch {
    return 0
  }
}

/** A mutant of a stage as a test that ends it, by `float64`, `assert` and `test` of any runner. */
export const stageAsTest = (tx: GradientTransformation, mutant: StageMutant): string => {
  const training = mutant.training as StageTraining
  const expected = path(tx, training).at(-1)
  const i = firstWrong(expected, mutant.tx, training)
  const y = numbersIn(expected)[i] as number
  return [
    `// mutant: ${mutant.formula}`,
    `test(${JSON.stringify(`${tx.name}: ${mutant.name} (${mutant.at})`)}, () => {`,
    '  const { init, step } = float64(tx)',
    `  let params = ${treeText(training.params)}`,
    '  let state = init(params)',
    `  const grads = [${training.grads.map(treeText).join(', ')}]`,
    `  for (const g of grads) ({ params, state } = step(g, state, params, { ${extraText(training.extra)} }))`,
    `  const [x, y] = [Object.values(params).flat(2)[${i}], ${y}]`,
    "  assert.ok(Object.is(x, y) || Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(y), 1e-6), x + ' is not ' + y)",
    '})',
  ].join('\n')
}
