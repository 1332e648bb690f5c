/** Many small trainings at once, in float64: each node of a rule is computed for all of them before the next one is. */
import { pathText } from '../../lib/data/path.ts'
import { type Tree, treeEntries, treeLeaves } from '../../lib/data/tree.ts'
import { type BinaryOp, binaryNode, type Expr, type Input, type LeafInfo, type Reduce } from '../../lib/expr/expr.ts'
import { nodesOf, operands, substitute } from '../../lib/expr/fold.ts'
import { binaryMeaning, callHost, unaryMeaning } from '../../lib/expr/meaning.ts'
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

/** Writes the numbers of a node. */
type Fill = (made: Float64Array) => void
type Loop = (x: Float64Array, y: Float64Array) => Fill

const looped =
  (f: (x: number, y: number) => number): Loop =>
  (x, y) =>
  (made) => {
    for (let i = 0; i < made.length; i++) made[i] = f(x[i] as number, y[i] as number)
  }

/** The four that most rules are made of, each in a loop of its own. */
const loops: { readonly [op in BinaryOp]?: Loop } = {
  add: (x, y) => (made) => {
    for (let i = 0; i < made.length; i++) made[i] = (x[i] as number) + (y[i] as number)
  },
  sub: (x, y) => (made) => {
    for (let i = 0; i < made.length; i++) made[i] = (x[i] as number) - (y[i] as number)
  },
  mul: (x, y) => (made) => {
    for (let i = 0; i < made.length; i++) made[i] = (x[i] as number) * (y[i] as number)
  },
  div: (x, y) => (made) => {
    for (let i = 0; i < made.length; i++) made[i] = (x[i] as number) / (y[i] as number)
  },
}

const each =
  (f: (x: number) => number, x: Float64Array): Fill =>
  (made) => {
    for (let i = 0; i < made.length; i++) made[i] = f(x[i] as number)
  }

const called = (f: (count: number) => number, x: Float64Array): Fill => {
  let [count, value] = [Number.NaN, Number.NaN]
  const once = (at: number): number => {
    if (at !== count) [count, value] = [at, callHost(f, at)]
    return value
  }
  return each(once, x)
}

const selected =
  (test: Float64Array, yes: Float64Array, no: Float64Array): Fill =>
  (made) => {
    for (let i = 0; i < made.length; i++) made[i] = (test[i] !== 0 ? yes[i] : no[i]) as number
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

const reduced = ({ op, over, axes }: Reduce, x: Float64Array, grid: Grid): Fill => {
  const f = combine[op]
  const gather = (sums: Float64Array, map: Int32Array): void => {
    sums.fill(neutral[op])
    for (let i = 0; i < x.length; i++) {
      const at = map[i] as number
      sums[at] = f(sums[at] as number, x[i] as number)
    }
  }
  const { leaves, cells, cellToLeaf, cellToStep } = grid
  if (over === 'leaf') return (made) => gather(made, cellToLeaf)
  if (over === 'tree') return (made) => gather(made, cellToStep)
  const places = alongAxes(axes as Expr, leaves)
  const map = Int32Array.from(x, (_, i) => Math.floor(i / cells) * cells + (places[i % cells] as number))
  const sums = new Float64Array(x.length)
  return (made) => {
    gather(sums, map)
    for (let i = 0; i < made.length; i++) made[i] = sums[map[i] as number] as number
  }
}

/**
 * The nodes of a rule over a grid as loops, each on arrays of its own that every step writes again; what no step changes is computed once. `read`
 * says what an input is.
 */
const compiled = (nodes: readonly Expr[], grid: Grid, read: (node: Input, feed: Feed) => Float64Array) => {
  const { width, leaves, cells } = grid
  const sizes = { step: width, leaf: leaves.length * width, cell: cells * width }
  const own = new Map<Expr, Float64Array>()
  const spread = { leaf: new Map<Expr, Float64Array>(), cell: new Map<Expr, Float64Array>() }
  const fixed = new Set<Expr>()
  const work: ((feed: Feed) => void)[] = []
  const does = (node: Expr, fill: () => void): void => {
    if (fixed.has(node)) fill()
    else work.push(fill)
  }
  /** The numbers of a node, where it is of a lower rank each as often as it is asked for. */
  const at = (node: Expr, rank: Expr['rank'] = node.rank): Float64Array => {
    const x = own.get(node) as Float64Array
    if (rank === node.rank || rank === 'step') return x
    const known = spread[rank].get(node)
    if (known) return known
    const map = rank === 'leaf' ? grid.leafToStep : node.rank === 'leaf' ? grid.cellToLeaf : grid.cellToStep
    const made = new Float64Array(map.length)
    does(node, () => {
      for (let i = 0; i < made.length; i++) made[i] = x[map[i] as number] as number
    })
    spread[rank].set(node, made)
    return made
  }
  const fillOf = (node: Exclude<Expr, Input>): Fill => {
    switch (node.kind) {
      case 'constant':
        return (made) => made.fill(node.value)
      case 'fact':
      case 'mask': {
        const of = leaves.map((leaf) => node.of(leaf))
        return (made) => made.set(made.map((_, i) => of[i % of.length] as number))
      }
      case 'host':
        return called(node.f, at(node.x))
      case 'unary':
        return each(unaryMeaning[node.op], at(node.x))
      case 'binary':
        return (loops[node.op] ?? looped(binaryMeaning[node.op]))(at(node.x, node.rank), at(node.y, node.rank))
      case 'select':
        return selected(at(node.test, node.rank), at(node.yes, node.rank), at(node.no, node.rank))
      case 'reduce':
        return reduced(node, at(node.x), grid)
    }
  }
  for (const node of nodes) {
    const made = new Float64Array(sizes[node.rank])
    own.set(node, made)
    if (node.kind === 'input') {
      work.push((feed) => made.set(read(node, feed)))
      continue
    }
    // A function of the count may refuse one: in the step that asks it.
    if (node.kind !== 'host' && operands(node).every((x) => fixed.has(x))) fixed.add(node)
    const fill = fillOf(node)
    does(node, () => fill(made))
  }
  const run = (feed: Feed): void => {
    for (const go of work) go(feed)
  }
  return { at, run }
}

/** The rule over a grid, begun: each call is one step of all its trainings. */
export const batchOf = (rule: Rule, grid: Grid, params: Float64Array): ((feed: Feed) => Moved) => {
  const { u, next, ahead, project } = rule.graph
  const moved = binaryNode('add', inputs.p, u)
  const beside = substitute((node) => (node === inputs.moved ? moved : undefined))
  const w = project ? beside(project) : moved
  const after = substitute((node) => (node === inputs.w ? w : node === inputs.moved ? moved : undefined))
  const slots = treeEntries(rule.slots).map(([path, slot]) => ({ slot, name: pathText(path, '') }))
  const values = treeLeaves(next).map(after)
  const mark = ahead && after(ahead)
  const nodes = nodesOf([u, ...values, w, ...(mark ? [mark] : [])])
  const sizes = { step: grid.width, tree: grid.width, leaf: grid.leaves.length * grid.width, cell: params.length }
  let state: ReadonlyMap<string, Float64Array> = new Map(
    slots.map(({ slot, name }) => [
      name,
      slot.start === 'params' ? params : new Float64Array(sizes[slot.rank]).fill(slot.start),
    ]),
  )
  let now = params
  let place = params
  const read = (node: Input, feed: Feed): Float64Array => {
    switch (node.source) {
      case 'grads':
        return feed.grads
      case 'params':
        return now
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
  const code = compiled(nodes, grid, read)
  const results = { u: code.at(u, 'cell'), w: code.at(w, 'cell'), ahead: mark && code.at(mark, 'cell') }
  const held = slots.map(
    ({ slot, name }, i) => [name, code.at(values[i] as Expr, slot.rank === 'tree' ? 'step' : slot.rank)] as const,
  )
  return (feed) => {
    code.run(feed)
    state = new Map(held.map(([name, xs]) => [name, xs.slice()]))
    now = results.w.slice()
    const ahead = results.ahead?.slice()
    place = ahead ?? now
    return { u: results.u.slice(), w: now, ahead, slots: state }
  }
}
