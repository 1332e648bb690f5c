/** What is known of a plan, and of its groups, before any step. */

import type { LeafInfo } from '../expr/expr.ts'
import type { Group, Plan } from '../rule/plan.ts'
import type { Output, Target } from '../rule/program.ts'
import { type Tape, tapeOf } from '../rule/tape.ts'

/** What is known of a plan. */
export interface Known {
  readonly slotIndex: ReadonlyMap<string, number>
  /** The new values of the slots that are one number a step, and the uniforms that are. */
  readonly tape: Tape
  /** One pass is all there is: it makes what it writes to before it writes. */
  readonly isOnePass: boolean
  /** Where the new value of such a slot stands. */
  readonly steps: ReadonlyMap<number, number>
}

const known = new WeakMap<Plan, Known>()

export const knownOf = (plan: Plan): Known => {
  const found = known.get(plan)
  if (found) return found
  const { groups, levels } = plan
  const { slots, steps, trees } = plan.program
  const uniforms = groups.flatMap(({ passes }) => passes.flatMap((pass) => pass?.uniforms ?? []))
  const shared = uniforms.filter(({ perLeaf, deferred }) => !perLeaf && !deferred)
  const tape = tapeOf([...shared, ...steps].map(({ expr }) => expr))
  const placeOf = ({ target, expr }: Output) =>
    [(target as { slot: number }).slot, tape.places.get(expr) as number] as const
  const made = {
    slotIndex: new Map(slots.map(({ name, index }) => [name, index])),
    tape,
    steps: new Map(steps.map(placeOf)),
    isOnePass: levels <= 1 && groups.length <= 1 && !groups[0]?.leafOutputs.length && trees.length === 0,
  }
  known.set(plan, made)
  return made
}

const shapes = new WeakMap<Group, readonly (readonly number[])[]>()

/** The shapes of a group's leaves: the same list every time, by which an engine knows that nothing changed. */
export const shapesOf = (group: Group, leaves: readonly LeafInfo[]): readonly (readonly number[])[] => {
  const known = shapes.get(group)
  if (known) return known
  const made = group.leaves.map((i) => leaves[i]?.shape as readonly number[])
  shapes.set(group, made)
  return made
}

/** What the list that a target overwrites is called. */
export const nameOf = (target: Target): string => (target.to === 'slot' ? `slot ${target.name}` : target.to)

/** A list, and the part of it that a group's leaves are. */
interface Part {
  readonly list: readonly unknown[]
  readonly part: readonly unknown[]
}

const parts = new WeakMap<Group, Map<string, Part>>()

/** The group's part of a list that comes again in every step, and then is the same list, too: engines know it again. */
export const partOf = <A>(group: Group, name: string, list: readonly A[]): readonly A[] => {
  const known = parts.get(group) ?? new Map<string, Part>()
  parts.set(group, known)
  const last = known.get(name)
  if (last?.list === list) return last.part as readonly A[]
  const part = group.leaves.map((leaf) => list[leaf] as A)
  known.set(name, { list, part })
  return part
}
