/** A transformation that a stage runs by itself, followed on arrays that Python will have. */

import { type Tree, treeEntries, treeLeaves, treeMap, treeWithLeaves } from '../data/tree.ts'
import {
  insideCalls,
  insideHasMasks,
  insideIsNone,
  insideReads,
  insideReadsParams,
  insideReduces,
} from '../errors/python.ts'
import type { Expr, Input, LeafInfo } from '../expr/expr.ts'
import { type Algebra, fold } from '../expr/fold.ts'
import type { Form, Inner } from '../form/form.ts'
import { layoutOf } from '../form/layout.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import { axesIn } from '../rule/partPasses.ts'
import { leafFact } from '../rule/plan.ts'
import { type Output, type Program, programOf } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import type { Slot } from '../rule/slot.ts'
import { calledIn, inlined } from './inlined.ts'
import { lifted, type Symbolic } from './symbol.ts'

type Ops = ArrayOps<Symbolic>

/** What one update is told. */
interface Given {
  readonly updates: readonly Symbolic[]
  readonly leaves: readonly LeafInfo[]
  /** By the names of the slots: a number a step, or one array a leaf. */
  readonly slots: ReadonlyMap<string, Symbolic | readonly Symbolic[]>
}

/** How the expressions of a program are read for one leaf. */
const readerOf = (ops: Ops, program: Program, given: Given, leaf: number): ((expr: Expr) => Symbolic) => {
  const info = given.leaves[leaf] as LeafInfo
  const input = (node: Input): Symbolic => {
    if (node.source === 'grads') return given.updates[leaf] as Symbolic
    const slot = node.source === 'slot' ? given.slots.get(node.name) : undefined
    if (slot) return Array.isArray(slot) ? (slot[leaf] as Symbolic) : (slot as Symbolic)
    const made = program.reductions.find(({ result }) => node.source === 'reduced' && result.name === node.name)
    if (!made) throw node.source === 'params' ? insideReadsParams() : insideReads(node.name)
    if (made.op !== 'sum' || made.over === 'tree') throw insideReduces(true)
    const axes = made.axes ? axesIn(leafFact(made.axes, info)) : info.shape.map((_, axis) => axis)
    const x = read(made.expr)
    return ops.sum(
      x.shape.length === info.rank ? x : ops.mul(given.updates[leaf] as Symbolic, 0),
      axes,
      made.over === 'axes',
    )
  }
  const algebra: Algebra<Symbolic> = {
    ...ops,
    constant: ({ value }) => lifted(value),
    input,
    host: (_, x) => x,
    fact: (node) => lifted(leafFact(node, info)),
    unary: ops,
    binary: ops,
    select: (test, yes, no) => ops.where(test, yes, no),
    reduce: () => {
      throw insideReduces(false)
    },
  }
  const read = fold(algebra)
  return read
}

const start = (ops: Ops, slot: Slot, params: Tree<Symbolic>): Tree<Symbolic> | number => {
  if (slot.present || slot.reduced) throw insideHasMasks()
  if (slot.rank === 'step' || slot.rank === 'tree') return slot.start as number
  if (slot.start === 'params') return params
  const fill = (shape: readonly number[]): Symbolic =>
    ops.make(new Float64Array(shape.reduce((n, extent) => n * extent, 1)).fill(slot.start as number), shape)
  return treeMap(params, ({ shape }) => fill(slot.rank === 'leaf' ? [] : shape))
}

const at = (tree: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((found, key) => (found as Readonly<Record<string | number, unknown>>)[key], tree)

const innerRule = (ops: Ops, given: Rule): Inner<Symbolic> => {
  const rule = inlined(given)
  const program = programOf(rule, 'update', { fast: false })
  const outputs = [...program.cells, ...program.leaves, ...program.trees, ...program.steps]
  if (calledIn(outputs.map(({ expr }) => expr)).length > 0) throw insideCalls()
  const paths = treeEntries(rule.slots).map(([path]) => path)
  const isNumber = ({ rank }: Slot): boolean => rank === 'step' || rank === 'tree'
  return {
    init: (params) => treeMap(rule.slots, (slot) => start(ops, slot, params) as never),
    update: (updates, state) => {
      const kept = program.slots.map(({ slot, index }) => {
        const found = at(state, paths[index] as never)
        return isNumber(slot) ? lifted(found as number) : treeLeaves(found as Tree<Symbolic>)
      })
      const all: Given = {
        updates: treeLeaves(updates),
        leaves: layoutOf(updates).leaves,
        slots: new Map(program.slots.map(({ name }, i) => [name, kept[i] as Symbolic])),
      }
      const readers = all.updates.map((_, leaf) => readerOf(ops, program, all, leaf))
      const first = readerOf(ops, program, { ...all, updates: [], leaves: [] }, 0)
      const made = (output: Output): Tree<Symbolic> =>
        treeWithLeaves(
          updates,
          readers.map((read) => read(output.expr)),
        )
      const outputOf = (index: number): Output =>
        outputs.find(({ target }) => target.to === 'slot' && target.slot === index) as Output
      const next = treeWithLeaves(
        rule.slots,
        program.slots.map(({ slot, index }) => {
          const output = outputOf(index)
          return (isNumber(slot) ? first(output.expr) : made(output)) as never
        }),
      )
      return [made(outputs.find(({ target }) => target.to === 'updates') as Output), next]
    },
  }
}

/** How a stage that is followed runs another transformation: as lines of its own, where that is made of rules and stages of array operations. */
export const runsOn =
  (ops: Ops) =>
  (form: Form): Inner<Symbolic> => {
    if (form.kind === 'rule') return innerRule(ops, form)
    if (form.kind === 'sequence') return oneByOne(form.parts.map(runsOn(ops)))
    const functions = form.kind === 'opaque' ? form.onOps?.(ops, runsOn(ops)) : undefined
    if (!functions) throw insideIsNone(form.name)
    return {
      init: (params) => functions.init(params),
      update: (updates, state) => functions.update(updates, state, undefined, {}),
    }
  }

const oneByOne = (parts: readonly Inner<Symbolic>[]): Inner<Symbolic> => ({
  init: (params) => parts.map((part) => part.init(params)),
  update: (updates, state) => {
    const next: unknown[] = []
    const made = parts.reduce((u, part, i) => {
      const [after, kept] = part.update(u, (state as readonly unknown[])[i])
      next.push(kept)
      return after
    }, updates)
    return [made, next]
  },
})
