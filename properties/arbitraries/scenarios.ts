import fc from 'fast-check'
import { checkRunOptions, integer, type Kinds, oneOf } from '../../lib/check/options.ts'
import type { NdArray } from '../../lib/data/ndArray.ts'
import { pathText } from '../../lib/data/path.ts'
import { type Tree, treeEntries } from '../../lib/data/tree.ts'
import { arraysLike, structures } from './arrays.ts'
import { anyNumbers, ordinaryNumbers } from './numbers.ts'

/** What a step is given: gradients, and numbers and trees by name. */
export interface Given {
  readonly grads: Tree<NdArray>
  readonly signals: Readonly<Record<string, number>>
  readonly trees: Readonly<Record<string, Tree<NdArray>>>
}

/** Parameters, and what each of a few steps is given. */
export interface Scenario {
  readonly params: Tree<NdArray>
  readonly steps: readonly Given[]
}

/** Which scenarios. */
export interface ScenarioOptions {
  readonly steps: number
  /** Everyday numbers, or any: zeros, subnormals, huge ones, NaN and infinities. */
  readonly numbers: 'ordinary' | 'any'
  readonly signals?: readonly string[]
  readonly extraTrees?: readonly string[]
}

const byName = <A>(names: readonly string[], value: fc.Arbitrary<A>): fc.Arbitrary<Record<string, A>> =>
  fc.record(Object.fromEntries(names.map((name) => [name, value]))) as fc.Arbitrary<Record<string, A>>

const names = {
  expected: 'a list of names',
  test: (x: unknown) => Array.isArray(x) && x.every((name) => typeof name === 'string'),
}
const kinds: Kinds<ScenarioOptions> = {
  steps: integer,
  numbers: oneOf('ordinary', 'any'),
  signals: names,
  extraTrees: names,
}

/** Parameters of a random structure, gradients for them step after step, and the signals and trees of these names. */
export const scenarios = (options: ScenarioOptions): fc.Arbitrary<Scenario> => {
  checkRunOptions('scenarios', options, kinds, ['steps', 'numbers'])
  const { steps, numbers, signals = [], extraTrees = [] } = options
  const number = numbers === 'ordinary' ? ordinaryNumbers : anyNumbers
  return structures.chain((like) => {
    const tree = arraysLike(like, number)
    const given = fc.record({
      grads: tree,
      signals: byName(signals, fc.constantFrom(0, 1)),
      trees: byName(extraTrees, tree),
    })
    return fc.record({ params: tree, steps: fc.array(given, { minLength: steps, maxLength: steps }) })
  })
}

const numberText = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))
const treeText = (tree: Tree<NdArray>): string =>
  treeEntries(tree)
    .map(([path, { data, shape }]) => `${pathText(path)}[${shape.join('×')}] = ${[...data].map(numberText).join(' ')}`)
    .join('; ')

/** A scenario as a counterexample shows it. */
export const scenarioText = ({ params, steps }: Scenario): string =>
  [
    `  params ${treeText(params)}`,
    ...steps.map(({ grads, signals, trees }, t) => {
      const others = [
        ...Object.entries(signals).map(([name, x]) => `; ${name} ${x}`),
        ...Object.entries(trees).map(([name, tree]) => `; ${name} ${treeText(tree)}`),
      ]
      return `  grads ${t + 1} ${treeText(grads)}${others.join('')}`
    }),
  ].join('\n')
