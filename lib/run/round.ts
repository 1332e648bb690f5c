/**
 * The short way of a step. A training comes round when a donated step wrote all of its result in place: the next one reads and writes the same
 * buffers by the same plan, and only the gradients and the numbers of the step are new. What was decided then is held against what is given now, each
 * leaf once; where anything is other than it was, the long way is taken, which also has the words for what is wrong.
 */

import { collect, holds, treeOf } from '../data/outline.ts'
import type { Input } from '../expr/expr.ts'
import type { RunGiven, RunMade } from '../form/given.ts'
import type { Bound } from '../form/layout.ts'
import { isNumberOf, named } from '../form/named.ts'
import type { Engine, PassCall, Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import { giveBackSpent } from '../memory/giveBack.ts'
import type { SlotValue } from '../memory/lists.ts'
import { consume, type DonatedLists } from '../memory/reuse.ts'
import type { Training } from '../memory/trainings.ts'
import { calledFindings, callsFunctions } from '../rule/calledFindings.ts'
import type { Group, Pass, Plan } from '../rule/plan.ts'
import type { Rule } from '../rule/rule.ts'
import { type HostCalls, runTape, type Tape } from '../rule/tape.ts'
import { execute } from './execute.ts'
import { resultOf } from './flat.ts'
import { type Known, knownOf, shapesOf } from './known.ts'

type List<B> = readonly (B | undefined)[]

/** The one pass of a straight plan, and all of its call that stays from step to step. */
interface Straight<B> {
  readonly pass: Pass
  readonly shapes: PassCall<B, unknown>['shapes']
  /** Where the gradients are read, the place is left free. */
  readonly reads: readonly (readonly B[] | undefined)[]
  readonly into: readonly List<B>[]
  /** Where the numbers stand that the host computes. */
  readonly places: readonly number[]
  readonly spent: readonly boolean[]
}

const nothing: Readonly<Record<string, never>> = Object.freeze(Object.create(null))

class Round<B extends Shaped> {
  private readonly rule: Rule
  /** What tells the buffers of the lists. */
  private readonly identities: Training['identities']
  readonly host: Host<B>
  private readonly engine: Engine<B, unknown>
  private readonly bound: Bound
  private readonly known: Known
  private readonly training: Training
  private readonly callsFunctions: boolean
  /** The parameters, and behind them the slots. */
  readonly lists: DonatedLists<B>
  /** Absent where a step is more than one pass. */
  private readonly straight: Straight<B> | undefined
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
    this.training = training
    this.callsFunctions = callsFunctions(rule, 'step')
    this.lists = training.lists as DonatedLists<B>
    // A gate's plan is another from step to step.
    const isGated = bound.plan('step', engine).program.cut !== undefined
    this.straight = !isGated && isStraight(plan, this.known) ? this.straightOf(plan.groups[0] as Group) : undefined
    this.slots = new Array(bound.slots.length)
  }

  private straightOf(group: Group): Straight<B> | undefined {
    const [pass] = group.passes
    if (!pass) return undefined
    const { places } = this.known.tape
    return {
      pass,
      shapes: shapesOf(group, this.bound.layout.leaves),
      reads: pass.reads.map((node) => (node.source === 'grads' ? undefined : this.listOf(node))),
      into: pass.outputs.map(({ target }) => this.lists[target.to === 'slot' ? target.slot + 1 : 0] as List<B>),
      places: pass.uniforms.map(({ expr }) => places.get(expr) as number),
      spent: pass.reads.map(({ source }) => source === 'grads'),
    }
  }

  private listOf({ source, name }: Input): readonly B[] {
    return this.lists[source === 'slot' ? (this.known.slotIndex.get(name) as number) + 1 : 0] as readonly B[]
  }

  /** The step, where everything is as it was; nothing is written before that is known. */
  run(given: RunGiven<B>, calls: HostCalls): RunMade<B> | undefined {
    const { host, engine, rule, bound, lists } = this
    if (host.engine() !== engine || !this.holdsState(given.state)) return undefined
    if (!holds(bound.layout.outline, given.params, lists[0] as List<B>)) return undefined
    const grads = this.gradsIn(given.grads)
    if (!grads || !engine.allWritable?.(lists, false)) return undefined
    if (this.callsFunctions && calledFindings(rule, 'step', this.slots, this.number, calls).length > 0) return undefined
    const made = this.straight ? this.runPass(this.straight, given, grads, calls) : this.runPlan(given, grads, calls)
    if (given.spend) giveBackSpent(engine, grads, undefined)
    else this.grads = grads
    return made
  }

  private runPass(
    { pass, shapes, reads: known, into, places, spent }: Straight<B>,
    given: RunGiven<B>,
    grads: readonly B[],
    calls: HostCalls,
  ): RunMade<B> {
    const numbers = runTape(this.known.tape, { number: this.number, calls })
    const reads = known.map((list) => list ?? grads)
    const uniforms = places.map((place) => numbers[place] as number)
    this.engine.run({ pass, shapes, reads, into, ...(given.spend && { spent }), uniforms })
    const values = this.slots.slice()
    for (const [slot, place] of this.known.steps) values[slot] = numbers[place]
    return { params: given.params as NonNullable<typeof given.params>, state: treeOf(this.bound.state, values) }
  }

  /** Several passes, and numbers between them: the plan is executed as ever, on lists that are known. */
  private runPlan(given: RunGiven<B>, grads: readonly B[], calls: HostCalls): RunMade<B> {
    const { bound, engine, lists, training } = this
    const slotTrees = this.slots.slice()
    const slots = slotTrees.map((value, i) => lists[i + 1] ?? value) as SlotValue<B>[]
    const params = lists[0] as readonly B[]
    const numbers = { slots, signals: nothing, calls }
    const { leaves } = bound.layout
    const reuse = { params, slots: lists.slice(1) }
    const read = { leaves, grads, params, extras: nothing, spend: given.spend === true, reuse, ...numbers }
    const made = execute(engine, bound.plan('step', engine, numbers), read)
    const flat = {
      bound,
      grads,
      params,
      slots,
      slotTrees,
      extras: nothing,
      signals: nothing,
      ahead: undefined,
      training,
    }
    consume(engine, flat, lists, made)
    return resultOf(given, flat, made)
  }

  /** True for a state that holds the training's buffers, and numbers that may stand there. */
  private holdsState(state: unknown): boolean {
    const { bound, slots, lists } = this
    if (!collect(bound.state, state, slots)) return false
    for (let i = 0; i < slots.length; i++) {
      const { slot, outline } = bound.slots[i] as Bound['slots'][number]
      const list = lists[i + 1]
      if (!list) {
        if (!isNumberOf(slot, slots[i])) return false
      } else if (!holds(outline, slots[i], list)) return false
    }
    return true
  }

  /** The gradients as a list, where nothing is wrong with them and none is a buffer that is written. */
  private gradsIn(tree: unknown): readonly B[] | undefined {
    const { layout } = this.bound
    const { host, engine, identities } = this
    if (holds(layout.outline, tree, this.grads))
      return engine.allWritable?.([this.grads], false) || host.areAlive(this.grads) ? this.grads : undefined
    const found = new Array<B>(layout.leaves.length)
    if (!collect(layout.outline, tree, found)) return undefined
    for (let i = 0; i < found.length; i++) {
      const leaf = found[i] as B
      if (host.check(leaf, layout.leaves[i]?.shape) || identities.has(engine.identity(leaf))) return undefined
    }
    return found
  }

  private readonly number = (node: Input): number => this.slots[this.known.slotIndex.get(node.name) as number] as number
}

/** How many are remembered of a rule, the latest first. */
const most = 4

const rounds = new WeakMap<Rule, Round<Shaped>[]>()

/** True for a plan whose step is one pass over buffers that stay and numbers that the host computes. */
const isStraight = ({ levels, groups: [group, another], program }: Plan, { tape }: Known): boolean =>
  levels <= 1 &&
  program.trees.length === 0 &&
  group !== undefined &&
  another === undefined &&
  group.leafOutputs.length === 0 &&
  group.passes.every((pass) => pass !== undefined && isPlain(pass, tape))

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
  if (plan.program.draws.length > 0) return
  const made = new Round(rule, host, engine, bound, plan, training)
  rounds.set(rule, [made, ...known].slice(0, most) as unknown as Round<Shaped>[])
}
