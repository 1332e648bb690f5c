/** Many small trainings at once, in float64: each node of a rule is computed for all of them before the next one is. */
import { pathText } from '../../lib/data/path.ts'
import { type Tree, treeEntries, treeLeaves } from '../../lib/data/tree.ts'
import type { BinaryOp, Expr, Input, LeafInfo, Reduce } from '../../lib/expr/expr.ts'
import { nodesOf } from '../../lib/expr/fold.ts'
import { binaryMeaning, callHost, unaryMeaning } from '../../lib/expr/meaning.ts'
import { substitute } from '../../lib/expr/rewrite.ts'
import { layoutOf } from '../../lib/form/layout.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { bitsOf, shapeAlong } from '../../lib/rule/partPasses.ts'
import { leafFact } from '../../lib/rule/plan.ts'
import { inputs, type Rule } from '../../lib/rule/rule.ts'

/** The trees of a batch: one layout, `width` times. */
export interface Grid {
  readonly leaves: readonly LeafInfo[]
  readonly width: number
  /** The elements of one tree. */
  readonly cells: number
  /** Where a number of a lower rank is found for each place of a higher one. */
  readonly cellToLeaf: Int32Array
  readonly cellToStep: Int32Array
  readonly leafToStep: Int32Array
}

/** `width` trees of the shapes of `tree`. */
export const gridOf = (tree: Tree<Shaped>, width: number): Grid => {
  const { leaves } = layoutOf(tree)
  const owner = leaves.flatMap(({ size }, leaf) => Array<number>(size).fill(leaf))
  const cells = owner.length
  return {
    leaves,
    width,
    cells,
    cellToLeaf: Int32Array.from(
      { length: cells * width },
      (_, i) => Math.floor(i / cells) * leaves.length + (owner[i % cells] as number),
    ),
    cellToStep: Int32Array.from({ length: cells * width }, (_, i) => Math.floor(i / cells)),
    leafToStep: Int32Array.from({ length: leaves.length * width }, (_, i) => Math.floor(i / leaves.length)),
  }
}

/** What all the trees of a batch are given in one step. */
export interface Feed {
  readonly grads: Float64Array
  readonly signals: Readonly<Record<string, Float64Array>>
  readonly trees: Readonly<Record<string, Float64Array>>
}

/** What a step makes: the update, where the rule sets them the parameters, and where it has a mark the place of the next gradient. */
export interface Moved {
  readonly u: Float64Array
  readonly w: Float64Array
  readonly ahead: Float64Array | undefined
  /** What each slot holds after it, by name. */
  readonly slots: ReadonlyMap<string, Float64Array>
}

/** The closest numbers of rank `rank` that are read off those of a node of a lower rank. */
const spread = (x: Float64Array, from: Expr['rank'], to: Expr['rank'], grid: Grid): Float64Array => {
  if (from === to) return x
  const map = to === 'leaf' ? grid.leafToStep : from === 'leaf' ? grid.cellToLeaf : grid.cellToStep
  const made = new Float64Array(map.length)
  for (let i = 0; i < made.length; i++) made[i] = x[map[i] as number] as number
  return made
}

type Loop = (x: Float64Array, y: Float64Array) => Float64Array

const looped =
  (f: (x: number, y: number) => number): Loop =>
  (x, y) => {
    const made = new Float64Array(x.length)
    for (let i = 0; i < made.length; i++) made[i] = f(x[i] as number, y[i] as number)
    return made
  }

/** The four that most rules are made of, each in a loop of its own. */
const loops: { readonly [op in BinaryOp]?: Loop } = {
  add: (x, y) => {
    const made = new Float64Array(x.length)
    for (let i = 0; i < made.length; i++) made[i] = (x[i] as number) + (y[i] as number)
    return made
  },
  sub: (x, y) => {
    const made = new Float64Array(x.length)
    for (let i = 0; i < made.length; i++) made[i] = (x[i] as number) - (y[i] as number)
    return made
  },
  mul: (x, y) => {
    const made = new Float64Array(x.length)
    for (let i = 0; i < made.length; i++) made[i] = (x[i] as number) * (y[i] as number)
    return made
  },
  div: (x, y) => {
    const made = new Float64Array(x.length)
    for (let i = 0; i < made.length; i++) made[i] = (x[i] as number) / (y[i] as number)
    return made
  },
}

const called = (f: (count: number) => number, x: Float64Array): Float64Array => {
  let [count, value] = [Number.NaN, Number.NaN]
  return x.map((at) => {
    if (at !== count) [count, value] = [at, callHost(f, at)]
    return value
  })
}

const combine = { sum: (a: number, b: number): number => a + b, max: Math.max }
const neutral = { sum: 0, max: Number.NEGATIVE_INFINITY }

/** Which sum along axes each element of a tree belongs to. */
const alongAxes = (over: Expr, leaves: readonly LeafInfo[]): number[] => {
  let before = 0
  return leaves.flatMap((leaf) => {
    const small = shapeAlong(leaf.shape, bitsOf(leafFact(over, leaf)))
    const places = Array.from({ length: leaf.size }, (_, i) => {
      let [rest, place, stride] = [i, 0, 1]
      for (let axis = leaf.rank - 1; axis >= 0; axis--) {
        const extent = leaf.shape[axis] as number
        if (small[axis] !== 1) place += (rest % extent) * stride
        stride *= small[axis] as number
        rest = Math.floor(rest / extent)
      }
      return before + place
    })
    before += leaf.size
    return places
  })
}

const reduced = ({ op, over, axes }: Reduce, x: Float64Array, grid: Grid): Float64Array => {
  const f = combine[op]
  const gather = (map: (i: number) => number, size: number): Float64Array => {
    const made = new Float64Array(size).fill(neutral[op])
    x.forEach((value, i) => {
      const at = map(i)
      made[at] = f(made[at] as number, value)
    })
    return made
  }
  const { leaves, width, cells, cellToLeaf, cellToStep } = grid
  if (over === 'leaf') return gather((i) => cellToLeaf[i] as number, leaves.length * width)
  if (over === 'tree') return gather((i) => cellToStep[i] as number, width)
  const places = alongAxes(axes as Expr, leaves)
  const at = (i: number): number => Math.floor(i / cells) * cells + (places[i % cells] as number)
  return gather(at, cells * width).map((_, i, sums) => sums[at(i)] as number)
}

/** The rule over a grid, begun: each call is one step of all its trainings. */
export const batchOf = (rule: Rule, grid: Grid, params: Float64Array): ((feed: Feed) => Moved) => {
  const { u, next, ahead, project } = rule.graph
  const after = substitute((node) => (node === inputs.w ? (project ?? inputs.moved) : undefined))
  const slots = treeEntries(rule.slots).map(([path, slot]) => ({ slot, name: pathText(path, '') }))
  const values = treeLeaves(next).map(after)
  const mark = ahead && after(ahead)
  const w = project ?? inputs.moved
  const nodes = nodesOf([u, ...values, w, ...(mark ? [mark] : [])])
  const sizes = { step: grid.width, tree: grid.width, leaf: grid.leaves.length * grid.width, cell: params.length }
  let state: ReadonlyMap<string, Float64Array> = new Map(
    slots.map(({ slot, name }) => [
      name,
      slot.start === 'params' ? params : new Float64Array(sizes[slot.rank]).fill(slot.start),
    ]),
  )
  const facts = new Map<Expr, Float64Array>()
  for (const node of nodes)
    if (node.kind === 'fact' || node.kind === 'mask') {
      const of = grid.leaves.map((leaf) => node.of(leaf))
      facts.set(
        node,
        Float64Array.from({ length: sizes.leaf }, (_, i) => of[i % of.length] as number),
      )
    }
  let now = params
  let place = params
  const read = (node: Input, feed: Feed, moved: () => Float64Array): Float64Array => {
    switch (node.source) {
      case 'grads':
        return feed.grads
      case 'params':
        return now
      case 'moved':
        return moved()
      case 'ahead':
        return place
      case 'slot':
        return state.get(node.name) as Float64Array
      case 'signal':
        return feed.signals[node.name] as Float64Array
      default:
        return feed.trees[node.name] as Float64Array
    }
  }
  return (feed) => {
    const known = new Map<Expr, Float64Array>()
    const at = (node: Expr, rank: Expr['rank'] = node.rank): Float64Array =>
      spread(known.get(node) as Float64Array, node.rank, rank, grid)
    const numbersOf = (node: Expr): Float64Array => {
      switch (node.kind) {
        case 'constant':
          return new Float64Array(sizes.step).fill(node.value)
        case 'input':
          return read(node, feed, () => (loops.add as Loop)(now, at(u, 'cell')))
        case 'fact':
        case 'mask':
          return facts.get(node) as Float64Array
        case 'host':
          return called(node.f, at(node.x))
        case 'unary':
          return at(node.x).map(unaryMeaning[node.op])
        case 'binary':
          return (loops[node.op] ?? looped(binaryMeaning[node.op]))(at(node.x, node.rank), at(node.y, node.rank))
        case 'select': {
          const [test, yes, no] = [node.test, node.yes, node.no].map((x) => at(x, node.rank)) as [
            Float64Array,
            Float64Array,
            Float64Array,
          ]
          return test.map((x, i) => (x !== 0 ? yes[i] : no[i]) as number)
        }
        case 'reduce':
          return reduced(node, at(node.x), grid)
      }
    }
    for (const node of nodes) known.set(node, numbersOf(node))
    const made = {
      u: at(u, 'cell'),
      w: at(w, 'cell'),
      ahead: mark && at(mark, 'cell'),
      slots: new Map<string, Float64Array>(),
    }
    slots.forEach(({ slot, name }, i) => {
      made.slots.set(name, at(values[i] as Expr, slot.rank === 'tree' ? 'step' : slot.rank))
    })
    state = made.slots
    now = made.w
    place = made.ahead ?? made.w
    return made
  }
}
