/** Runs a plan with everything in the graph: counters, rates and reductions are arrays, so that the whole goes under one `jit`. */
import { type Expr, type Input, isOfEngine } from '../../../expr/expr.ts'
import type { Bound } from '../../../form/layout.ts'
import type { Made } from '../../../memory/lists.ts'
import type { Group, Pass } from '../../../rule/plan.ts'
import { type Mode, makesUpdates, type Target } from '../../../rule/program.ts'
import { counter } from '../../../rule/slot.ts'
import type { Keep } from '../arithmetic.ts'
import type { JaxArray } from '../array.ts'
import { jaxjsEngine } from '../engine.ts'
import { leafPass } from '../leafPass.ts'
import { operationsOf } from '../operations.ts'
import { type Mixed, mixedOf } from './mixed.ts'
import { numbersOf } from './numbers.ts'

/** What a run in the graph reads, as lists over the leaves; of a slot of rank step the array. None of it is consumed. */
export interface GraphGiven {
  readonly grads: readonly JaxArray[]
  readonly params: readonly JaxArray[] | undefined
  /** The place where the gradients were taken, where it is not the parameters. */
  readonly ahead: readonly JaxArray[] | undefined
  readonly slots: readonly (JaxArray | readonly (JaxArray | undefined)[])[]
  readonly extras: Readonly<Record<string, readonly JaxArray[]>>
  readonly signals: Readonly<Record<string, Mixed>>
}

/** What it makes: arrays for the slots of rank step, too. */
export interface GraphMade extends Omit<Made<JaxArray>, 'slots'> {
  readonly slots: readonly (JaxArray | readonly (JaxArray | undefined)[])[]
}

type Cells = Map<string, (JaxArray | undefined)[]>

const nameOf = (target: Target): string => (target.to === 'slot' ? `slot ${target.name}` : target.to)

/** Runs a rule in a mode; `keep` owns all arrays that are made, those of the result among them. */
export const executeGraph = (bound: Bound, mode: Mode, given: GraphGiven, keep: Keep): GraphMade => {
  const { program, groups, levels } = bound.plan(mode, jaxjsEngine)
  const { leaves } = bound.layout
  const { scalars } = operationsOf(keep)
  const operations = mixedOf(keep)
  const combine = { sum: scalars.binary.add, max: scalars.binary.max }
  const identity = { sum: 0, max: Number.NEGATIVE_INFINITY }
  const slotIndex = new Map(program.slots.map(({ name, index }) => [name, index]))
  const slotOf = (name: string) => given.slots[slotIndex.get(name) as number]
  const ofTree = new Map<string, JaxArray>()
  const ofLeaves = new Map<string, JaxArray[]>()
  const cells: Cells = new Map()

  const find = (node: Input, leaf: number | undefined): Mixed => {
    if (node.source === 'signal') return given.signals[node.name] ?? (node.absent as number)
    if (node.source === 'reduced') {
      if (node.rank === 'leaf') return ofLeaves.get(node.name)?.[leaf as number] as JaxArray
      const op = program.reductions.find(({ result }) => result.name === node.name)?.op ?? 'sum'
      return ofTree.get(node.name) ?? identity[op]
    }
    const slot = slotOf(node.name)
    return (isOfEngine(node) ? (slot as readonly JaxArray[])[node.held ? 0 : (leaf as number)] : slot) as JaxArray
  }
  const numbers = numbersOf(program.rule.name, operations, leaves, find)
  const float = (expr: Expr, leaf: number | undefined): JaxArray => operations.of(numbers(expr, leaf), 'float32')

  // What is drawn elsewhere is given here.
  const givenName = (name: string) => program.draws.find(({ read }) => read.name === name)?.node.name ?? name
  const read = (node: Input, leaf: number): JaxArray => {
    if (node.source === 'grads') return given.grads[leaf] as JaxArray
    if (node.source === 'params') return given.params?.[leaf] as JaxArray
    if (node.source === 'extra') return given.extras[givenName(node.name)]?.[leaf] as JaxArray
    if (node.source === 'ahead') return (given.ahead ?? given.params)?.[leaf] as JaxArray
    const written = cells.get(`slot ${node.name}`)?.[leaf]
    return written ?? ((slotOf(node.name) as readonly JaxArray[])[leaf] as JaxArray)
  }

  const store = (target: Target, leaf: number, made: JaxArray): void => {
    const list = cells.get(nameOf(target)) ?? new Array<JaxArray | undefined>(leaves.length).fill(undefined)
    list[leaf] = made
    cells.set(nameOf(target), list)
  }

  const runPass = (pass: Pass, group: Group, merged: Map<string, JaxArray>): void => {
    // All numbers first: a schedule that cannot be traced is told before a reference is taken.
    const values = group.leaves.map((leaf) =>
      pass.uniforms.map(({ expr, perLeaf }) => float(expr, perLeaf ? leaf : undefined)),
    )
    const made = group.leaves.map((leaf, k) => {
      const run = leafPass(pass, (pass.spread?.shapes[k] ?? leaves[leaf]?.shape) as readonly number[])
      const reads = pass.reads.map((node) => read(node, leaf).ref)
      return run({ reads, values: (values[k] as JaxArray[]).map((x) => x.ref) })
    })
    made.forEach(({ outputs, reductions }, k) => {
      const leaf = group.leaves[k] as number
      pass.outputs.forEach(({ target }, j) => {
        store(target, leaf, keep(outputs[j] as JaxArray))
      })
      pass.reductions.forEach(({ op, over, result: { name } }, j) => {
        const value = keep(reductions[j] as JaxArray)
        const before = merged.get(name)
        if (over === 'axes') store({ to: 'slot', slot: -1, name }, leaf, value)
        else if (over === 'tree') merged.set(name, before === undefined ? value : combine[op](before, value))
        else {
          const list = ofLeaves.get(name) ?? []
          list[leaf] = value
          ofLeaves.set(name, list)
        }
      })
    })
  }

  // What stays is a reference to what was given; updates that are the gradients are in no list.
  for (const { kept, leaves: members } of groups) {
    for (const { target, expr } of kept) {
      if (target.to === 'updates') continue
      for (const leaf of members) store(target, leaf, keep(read(expr as Input, leaf).ref))
    }
  }
  for (let level = 0; level < levels; level++) {
    const merged = new Map<string, JaxArray>()
    for (const group of groups) {
      const pass = group.passes[level]
      if (pass) runPass(pass, group, merged)
    }
    for (const [name, value] of merged) ofTree.set(name, value)
  }
  for (const { leaves: members, leafOutputs } of groups) {
    const values = leafOutputs.map(({ expr }) => members.map((leaf) => float(expr, leaf)))
    leafOutputs.forEach(({ target }, j) => {
      members.forEach((leaf, k) => {
        store(target, leaf, values[j]?.[k] as JaxArray)
      })
    })
  }

  const ofSlots = program.trees.map(({ expr }) => float(expr, undefined))
  program.trees.forEach(({ target }, i) => {
    cells.set(nameOf(target), [ofSlots[i] as JaxArray])
  })

  const steps = new Map(program.steps.map(({ target, expr }) => [nameOf(target), expr]))
  const slots = program.slots.map(({ slot, name }) => {
    if (slot.rank !== 'step') return cells.get(`slot ${name}`) ?? new Array(leaves.length).fill(undefined)
    const value = numbers(steps.get(`slot ${name}`) as Expr, undefined)
    return operations.of(value, slot === counter ? 'int32' : 'float32')
  })
  const of = (key: 'params' | 'ahead') => (cells.has(key) ? { [key]: cells.get(key) as readonly JaxArray[] } : {})
  // Updates that are the gradients themselves are in no pass.
  const updates = makesUpdates(mode) && { updates: given.grads.map((g, i) => cells.get('updates')?.[i] ?? g) }
  return { ...updates, ...of('params'), ...of('ahead'), slots }
}
