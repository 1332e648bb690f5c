/** Memory for all outputs of a plan, made before its first pass runs. */
import type { Engine, PassCall, Shaped } from '../hosts/engine.ts'
import type { Group, Plan } from '../rule/plan.ts'

/** For each output of a pass the buffers that it may be written to. */
export type Into<B> = PassCall<B, unknown>['into']

export interface Reserved<B> {
  /** What the outputs of each group are written to, level by level; behind these its leaf outputs. */
  readonly groups: ReadonlyMap<Group, readonly Into<B>[]>
  /** What the numbers of the tree are written to. */
  readonly trees: readonly B[]
}

/** What is written to where nothing is reserved, and the shapes of a group's leaves. */
export interface Wanted<B> {
  readonly into: (group: Group, level: number) => Into<B>
  readonly trees: readonly (B | undefined)[]
  readonly shapes: (group: Group) => readonly (readonly number[])[]
}

/**
 * The buffers of all outputs of a plan that writes in place: behind a pass that did, none may fail for want of memory. Nothing where the engine
 * needs no care, `refused` where a pass runs without a kernel and says too late how much it needs. What was made before memory ran out is given back.
 */
export const reserve = <B extends Shaped>(
  engine: Engine<B, unknown>,
  plan: Plan,
  { into, trees, shapes }: Wanted<B>,
): Reserved<B> | 'refused' | undefined => {
  if (!engine.reserve) return undefined
  const found = new Map<Group, Into<B>[]>()
  const made: B[] = []
  const giveBack = (): void => {
    for (const buffer of made) engine.dispose(buffer)
  }
  try {
    for (const group of plan.groups) {
      const lists: Into<B>[] = []
      found.set(group, lists)
      for (const [level, pass] of group.passes.entries()) {
        if (!pass) continue
        const own = engine.reserve(
          { pass, shapes: pass.spread?.shapes ?? shapes(group), into: into(group, level) },
          made,
        )
        if (own) lists[level] = own
        else {
          giveBack()
          return 'refused'
        }
      }
      lists[plan.levels] = into(group, plan.levels).map((list) =>
        group.leaves.map((_, k) => list?.[k] ?? filled(engine, made)),
      )
    }
    return { groups: found, trees: trees.map((given) => given ?? filled(engine, made)) }
  } catch (error) {
    giveBack()
    throw error
  }
}

const filled = <B extends Shaped>(engine: Engine<B, unknown>, made: B[]): B => {
  const buffer = engine.fill([], 0)
  made.push(buffer)
  return buffer
}
