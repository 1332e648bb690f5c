/** Random inputs of a rule: parameters, and what each of a few steps is given. */
import { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeLeaves } from '../../lib/data/tree.ts'
import type { Expr, Input } from '../../lib/expr/expr.ts'
import { nodesOf } from '../../lib/expr/fold.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import type { Rule } from '../../lib/rule/rule.ts'
import { type Feed, type Grid, gridOf } from './batch.ts'
import { chanceFrom } from './chance.ts'

/** Many trainings of one layout. */
export interface Inputs {
  readonly tree: Tree<Shaped>
  readonly grid: Grid
  readonly params: Float64Array
  readonly feeds: readonly Feed[]
}

const shaped = (shape: readonly number[]): Shaped =>
  new NdArray(new Float64Array(shape.reduce((n, d) => n * d, 1)), shape)

/** The trees of which parameters are drawn, by how many leaves they have. */
export const layouts = {
  one: { w: shaped([1]) },
  two: { w: shaped([2, 2]), b: shaped([2]) },
  three: { s: shaped([]), w: shaped([2, 3]), b: shaped([3]) },
  /** Recorded for stages on matrices alone: on a square one a factor and its transposition have one shape. */
  square: { w: shaped([3, 3]), v: shaped([2, 3]) },
  /** Recorded for stages that take leaves by their rank: kernels, two matrices, a vector and a number. */
  mixed: {
    k: shaped([2, 1, 2, 2]),
    c: shaped([2, 2, 3]),
    w: shaped([3, 2]),
    v: shaped([2, 2]),
    b: shaped([2]),
    s: shaped([]),
  },
} satisfies Readonly<Record<string, Tree<Shaped>>>

const { one, two, three } = layouts

/** The layouts, how many trainings of each, and of how many steps: 10,000 in all, the smallest first, so that most mistakes are found there. */
const kinds: readonly (readonly [Tree<Shaped>, number, number])[] = [
  [one, 64, 4],
  [two, 64, 5],
  [three, 64, 6],
  [one, 8, 64],
  [two, 2800, 4],
  [one, 7000, 5],
]

const rootsOf = ({ graph: { u, next, ahead, project } }: Rule): Expr[] => [
  u,
  ...treeLeaves(next),
  ...(project ? [project] : []),
  ...(ahead ? [ahead] : []),
]

/** The sizes of gradients and parameters: a share of each, so that thresholds and small constants are met. */
const scales = [1, 1, 1, 1, 3, 20, 1e-2, 1e-4, 1e-6]
const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

/** What the rule is given by name beside the trees. */
const namedIn = (nodes: readonly Expr[], source: Input['source']): string[] => [
  ...new Set(nodes.flatMap((node) => (node.kind === 'input' && node.source === source ? [node.name] : []))),
]

/** 10,000 trainings for rules, in a few batches, made when they are asked for. */
export const inputsOf = (rules: readonly Rule[], seed = 1): readonly (() => Inputs)[] => {
  const nodes = nodesOf(rules.flatMap(rootsOf))
  const asks = nodes.some((node) => node.kind === 'unary' && (node.op === 'isNaN' || node.op === 'isFinite'))
  const [signals, trees] = [namedIn(nodes, 'signal'), namedIn(nodes, 'extra')]
  return kinds.map(([tree, width, steps], k) => () => {
    const chance = chanceFrom(seed * 1000 + k)
    const pick = <A>(xs: readonly A[]): A => xs[Math.floor(chance() * xs.length)] as A
    const grid = gridOf(tree, width)
    const size = grid.cells * width
    const sizes = Array.from({ length: width }, () => pick(scales))
    const number = (i: number): number => {
      if (asks && chance() < 0.03) return pick(specials)
      if (chance() < 0.06) return 0
      return Math.round((chance() * 2 - 1) * 1000) * 1e-3 * (sizes[Math.floor(i / grid.cells)] as number)
    }
    const cells = (): Float64Array => Float64Array.from({ length: size }, (_, i) => number(i))
    const params = cells()
    let before = cells()
    const feeds = Array.from({ length: steps }, (): Feed => {
      // Some trainings are given the gradient of the step before once more.
      const again = Array.from({ length: width }, () => chance() < 0.1)
      const drawn = cells()
      const last = before
      before = drawn.map((x, i) => (again[Math.floor(i / grid.cells)] ? (last[i] as number) : x))
      const signal = () => Float64Array.from({ length: width }, () => pick([0, 1, 0.5, 0.1 + chance()]))
      return {
        grads: before,
        signals: Object.fromEntries(signals.map((name) => [name, signal()])),
        trees: Object.fromEntries(trees.map((name) => [name, cells()])),
      }
    })
    return { tree, grid, params, feeds }
  })
}

/** One of the trainings alone, its first `steps` steps. */
export const oneOf = ({ tree, grid, params, feeds }: Inputs, k: number, steps: number): Inputs => {
  const cells = (xs: Float64Array): Float64Array => xs.slice(k * grid.cells, (k + 1) * grid.cells)
  const each = (named: Readonly<Record<string, Float64Array>>, f: (xs: Float64Array) => Float64Array) =>
    Object.fromEntries(Object.entries(named).map(([name, xs]) => [name, f(xs)]))
  return {
    tree,
    grid: gridOf(tree, 1),
    params: cells(params),
    feeds: feeds.slice(0, steps).map((feed) => ({
      grads: cells(feed.grads),
      signals: each(feed.signals, (xs) => xs.slice(k, k + 1)),
      trees: each(feed.trees, cells),
    })),
  }
}
