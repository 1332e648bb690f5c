/**
 * The short way of a step. A training comes round when a donated step wrote all of its result in place: the next one reads and writes the same
 * buffers by the same plan, and only the gradients and the numbers of the step are new. What was decided then is held against what is given now, each
 * leaf once; where anything is other than it was, the long way is taken, which also has the words for what is wrong.
 */

import { collect, holds, treeOf } from '../data/outline.ts'
import type { Input, LeafInfo } from '../expr/expr.ts'
import type { RunGiven, RunMade } from '../form/given.ts'
import type { Bound } from '../form/layout.ts'
import { isNumberOf, named } from '../form/named.ts'
import type { Engine, PassCall, Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import { giveBackSpent } from '../memory/giveBack.ts'
import type { DonatedLists } from '../memory/reuse.ts'
import type { Training } from '../memory/trainings.ts'
import { calledFindings } from '../rule/calledFindings.ts'
import type { Group, Pass, Plan } from '../rule/plan.ts'
import type { Rule } from '../rule/rule.ts'
import { type HostCalls, runTape, type Tape } from '../rule/tape.ts'
import { type Known, knownOf, shapesOf } from './known.ts'

type List<B> = readonly (B | undefined)[]

/** A pass of the plan, and all of its call that stays from step to step. */
interface Stop<B> {
  readonly pass: Pass
  readonly shapes: PassCall<B, unknown>['shapes']
  /** Where the gradients are read, the place is left free. */
  readonly reads: readonly (readonly B[] | undefined)[]
  readonly into: readonly List<B>[]
  /** Where the numbers stand that the host computes. */
  readonly places: readonly number[]
  readonly spent: readonly boolean[]
  /** The leaves of the group; absent where it has all. */
  readonly leaves: readonly number[] | undefined
}

const nothingSpent: readonly boolean[] = []

/** A group's part of a list. */
const partOf = <A>(list: readonly A[], leaves: readonly number[] | undefined): readonly A[] =>
  leaves ? leaves.map((leaf) => list[leaf] as A) : list

class Round<B extends Shaped> {
  private readonly rule: Rule
  /** What tells the buffers of the lists. */
  private readonly identities: Training['identities']
  readonly host: Host<B>
  private readonly engine: Engine<B, unknown>
  private readonly bound: Bound
  private readonly known: Known
  /** The parameters, and behind them the slots. */
  readonly lists: DonatedLists<B>
  private readonly stops: readonly Stop<B>[]
  /** The gradients of the last step. They are remembered as a list, so that an engine knows them again. */
  private grads: readonly B[] = []
  /** What stands in the state of this step where slots are. */
  private readonly slots: unknown[]

  constructor(rule: Rule, host: Host<B>, engine: Engine<B, unknown>, bound: Bound, plan: Plan, training: Training) {
    this.rule = rule
    this.identities = training.identities
    this.host = host
    this.engine = engine
    this.bound = bound
    this.known = knownOf(plan)
    this.lists = training.lists as DonatedLists<B>
    this.stops = plan.groups.flatMap((group) => this.stopsOf(group))
    this.slots = new Array(bound.slots.length)
  }

  private stopsOf(group: Group): Stop<B>[] {
    const all = this.bound.layout.leaves
    const leaves = group.leaves.length === all.length ? undefined : group.leaves
    const part = (list: List<B> | undefined): readonly B[] => partOf(list as readonly B[], leaves)
    return group.passes.flatMap((pass): Stop<B>[] => {
      if (!pass) return []
      const { places } = this.known.tape
      return [
        {
          pass,
          leaves,
          shapes: shapesOf(group, all as readonly LeafInfo[]),
          reads: pass.reads.map((node) => (node.source === 'grads' ? undefined : part(this.listOf(node)))),
          into: pass.outputs.map(({ target }) => part(this.lists[target.to === 'slot' ? target.slot + 1 : 0])),
          places: pass.uniforms.map(({ expr }) => places.get(expr) as number),
          spent: pass.reads.map(({ source }) => source === 'grads'),
        },
      ]
    })
  }

  private listOf({ source, name }: Input): List<B> | undefined {
    return this.lists[source === 'slot' ? (this.known.slotIndex.get(name) as number) + 1 : 0]
  }

  /** The step, where everything is as it was; nothing is written before that is known. */
  run(given: RunGiven<B>, calls: HostCalls): RunMade<B> | undefined {
    const { host, engine, rule } = this
    if (host.engine() !== engine || !this.holdsState(given.state) || !this.holdsParams(given.params)) return undefined
    const grads = this.gradsIn(given.grads)
    if (!grads || !engine.allWritable?.(this.lists, false)) return undefined
    if (calledFindings(rule, 'step', this.slots, this.number, calls).length > 0) return undefined
    const numbers = runTape(this.known.tape, { number: this.number, calls })
    for (const stop of this.stops) this.runStop(stop, grads, numbers, given.spend === true)
    if (given.spend) giveBackSpent(engine, grads, undefined)
    else this.grads = grads
    return { params: given.params as NonNullable<typeof given.params>, state: this.stateOf(numbers) }
  }

  private runStop(stop: Stop<B>, grads: readonly B[], numbers: readonly number[], spend: boolean): void {
    const { pass, shapes, into, places } = stop
    const reads = stop.reads.slice() as (readonly B[])[]
    for (let i = 0; i < reads.length; i++) reads[i] ??= partOf(grads, stop.leaves)
    const uniforms = new Array<number>(places.length)
    for (let i = 0; i < uniforms.length; i++) uniforms[i] = numbers[places[i] as number] as number
    this.engine.run({ pass, shapes, reads, into, spent: spend ? stop.spent : nothingSpent, uniforms })
  }

  /** True for a state that holds the training's buffers, all of them alive, and numbers that may stand there. */
  private holdsState(state: unknown): boolean {
    const { bound, slots, lists, host } = this
    if (!collect(bound.state, state, slots)) return false
    for (let i = 0; i < slots.length; i++) {
      const { slot, outline } = bound.slots[i] as Bound['slots'][number]
      const list = lists[i + 1]
      if (!list) {
        if (!isNumberOf(slot, slots[i])) return false
      } else if (!holds(outline, slots[i], list) || !host.areAlive(list)) return false
    }
    return true
  }

  private holdsParams(params: unknown): boolean {
    const list = this.lists[0] as List<B>
    return holds(this.bound.layout.outline, params, list) && this.host.areAlive(list)
  }

  /** The gradients as a list, where nothing is wrong with them and none is a buffer that is written. */
  private gradsIn(tree: unknown): readonly B[] | undefined {
    const { layout } = this.bound
    const { host, engine, identities } = this
    if (holds(layout.outline, tree, this.grads)) return host.areAlive(this.grads) ? this.grads : undefined
    const found = new Array<B>(layout.leaves.length)
    if (!collect(layout.outline, tree, found)) return undefined
    for (let i = 0; i < found.length; i++) {
      const leaf = found[i] as B
      if (host.check(leaf, layout.leaves[i]?.shape) || identities.has(engine.identity(leaf))) return undefined
    }
    return found
  }

  private readonly number = (node: Input): number => this.slots[this.known.slotIndex.get(node.name) as number] as number

  private stateOf(numbers: readonly number[]): unknown {
    const values = this.slots.slice()
    for (const [slot, place] of this.known.steps) values[slot] = numbers[place]
    return treeOf(this.bound.state, values)
  }
}

/** How many are remembered of a rule, the latest first. */
const most = 4

const rounds = new WeakMap<Rule, Round<Shaped>[]>()

/** True for a plan whose step is one pass a group, over buffers that stay and numbers that the host computes. */
const isStraight = ({ levels, groups, program }: Plan, { tape }: Known): boolean =>
  levels <= 1 &&
  program.cut === undefined &&
  program.trees.length === 0 &&
  groups.every(
    ({ leafOutputs, passes }) => leafOutputs.length === 0 && passes.every((pass) => !pass || isPlain(pass, tape)),
  )

const plainSources: readonly Input['source'][] = ['grads', 'params', 'slot', 'ahead']

const isPlain = ({ reads, reductions, spread, uniforms }: Pass, { places }: Tape): boolean =>
  !spread &&
  reductions.length === 0 &&
  reads.every(({ source }) => plainSources.includes(source)) &&
  uniforms.every(({ expr }) => places.has(expr))

/** How many steps took the short way since the program began; tests read it, so that a silent long way fails. */
export const roundCounters = { taken: 0 }

/** The next step of a training that came round; nothing where it did not, or where anything is other than it was. */
export const runRound = <B extends Shaped>(
  rule: Rule,
  given: RunGiven<B>,
  calls: HostCalls,
  host: Host<B>,
): RunMade<B> | undefined => {
  if (given.ahead !== undefined) return undefined
  for (const round of (rounds.get(rule) ?? []) as unknown as Round<B>[]) {
    const made = round.host === host ? round.run(given, calls) : undefined
    if (!made) continue
    roundCounters.taken++
    return made
  }
  return undefined
}

/** Remembers a training after a donated step that wrote in place all that it returned. */
export const rememberRound = <B extends Shaped>(
  rule: Rule,
  host: Host<B>,
  engine: Engine<B, unknown>,
  bound: Bound,
  plan: Plan,
  training: Training,
): void => {
  const known = (rounds.get(rule) ?? []) as unknown as Round<B>[]
  if (known.some(({ lists }) => lists === training.lists)) return
  if (!engine.leavesNothing || !engine.allWritable || named(rule, 'step').length > 0) return
  if (!isStraight(plan, knownOf(plan))) return
  const made = new Round(rule, host, engine, bound, plan, training)
  rounds.set(rule, [made, ...known].slice(0, most) as unknown as Round<Shaped>[])
}
