/** Runs a plan on an engine: passes level by level, and between them the numbers that depend on reductions. */

import { type Expr, type Input, isOfEngine, type LeafInfo } from '../expr/expr.ts'
import type { Engine, PassCall, PassResult, Shaped } from '../hosts/engine.ts'
import type { Made, Reuse, SlotValue } from '../memory/lists.ts'
import type { Group, Pass, Plan, Uniform } from '../rule/plan.ts'
import { makesUpdates, type Output, type PlacedSlot, type Target } from '../rule/program.ts'
import { type HostCalls, hostNumber, runTape } from '../rule/tape.ts'
import { type DeferredEnv, deferredOf } from './deferred.ts'
import { type Known, knownOf, nameOf, partOf, shapesOf } from './known.ts'
import { type Into, type Reserved, reserve } from './reserve.ts'

/** Everything that a run reads; lists over all leaves of the tree. */
export interface Given<B> {
  readonly leaves: readonly LeafInfo[]
  readonly grads: readonly B[]
  readonly params?: readonly B[] | undefined
  readonly slots: readonly SlotValue<B>[]
  readonly extras: Readonly<Record<string, readonly B[]>>
  readonly signals: Readonly<Record<string, number>>
  /** What functions of the user have returned in this call. */
  readonly calls?: HostCalls
  /** The gradients are given up: see `RunGiven`. */
  readonly spend?: boolean
  /** The place where the gradients were taken; `ownsAhead`: it is given up, and nothing else that is holds its buffers. */
  readonly ahead?: readonly B[] | undefined
  readonly ownsAhead?: boolean
  /** Buffers that may be overwritten: present when the caller gives them up, absent leaf by leaf where it is not legal. */
  readonly reuse?: Reuse<B> | undefined
}

class Execution<B extends Shaped, V> {
  private readonly engine: Engine<B, V>
  private readonly plan: Plan
  private given: Given<B>
  private reserved: Reserved<B> | undefined
  private readonly known: Known
  /** The numbers of the tape. */
  private readonly numbers: readonly number[]
  private readonly calls: HostCalls
  private readonly treeResults = new Map<string, V>()
  private readonly leafResults = new Map<string, (V | undefined)[]>()
  private readonly cells = new Map<string, readonly (B | undefined)[]>()
  /** Lists that the groups fill one after another. */
  private readonly partial = new Map<string, (B | undefined)[]>()

  constructor(engine: Engine<B, V>, plan: Plan, given: Given<B>) {
    this.engine = engine
    this.plan = plan
    this.given = given
    this.calls = given.calls ?? new Map()
    this.known = knownOf(plan)
    this.numbers = runTape(this.known.tape, { number: this.number, calls: this.calls })
  }

  /** A run that fails leaves nothing that it made. */
  run(): Made<B> {
    for (const group of this.plan.groups) this.engine.admit?.(shapesOf(group, this.given.leaves))
    try {
      this.reserved = this.reserve()
      return this.runAll()
    } catch (error) {
      this.giveBack()
      throw error
    }
  }

  private reserve(): Reserved<B> | undefined {
    if (!this.given.reuse || this.known.isOnePass) return undefined
    const found = reserve<B>(this.engine as Engine<B, unknown>, this.plan, {
      into: (group, level) => this.intoAll(group, level),
      trees: this.plan.program.trees.map(({ target }) => this.intoTree(target)),
      shapes: (group) => shapesOf(group, this.given.leaves),
    })
    if (found !== 'refused') return found
    this.given = { ...this.given, reuse: undefined }
    return undefined
  }

  private giveBack(): void {
    const { grads, params = [], slots, extras, reuse } = this.given
    const lent = [grads, params, ...slots, ...Object.values(extras), ...Object.values(reuse ?? {}).flat()]
    const seen = new Set<unknown>(lent.flat())
    const { groups = new Map(), trees = [] } = this.reserved ?? {}
    const written: (B | undefined)[] = [...[...groups.values()].flat(3), ...trees]
    for (const buffer of [...written, ...[...this.cells.values()].flat()]) {
      if (buffer === undefined || seen.has(buffer)) continue
      seen.add(buffer)
      this.engine.dispose(buffer)
    }
  }

  private runAll(): Made<B> {
    const { groups, levels } = this.plan
    // Before a pass writes: what stays may need memory, too.
    for (const group of groups) for (const output of group.kept) this.keep(output, group)
    for (let level = 0; level < levels; level++) {
      const merged = new Map<string, V>()
      for (const group of groups) this.runGroup(group, level, merged)
      for (const [name, value] of merged) this.treeResults.set(name, value)
    }
    for (const group of groups) if (group.leafOutputs.length > 0) this.runLeafOutputs(group)
    if (this.plan.program.trees.length > 0) this.runTreeOutputs()
    if (this.engine.leavesNothing && this.plan.program.reductions.length > 0) this.giveBackParts()
    return this.made()
  }

  /** What passes made for others alone has a name that begins with a space. */
  private giveBackParts(): void {
    for (const [at, list] of this.cells)
      if (at.startsWith('slot  ')) for (const buffer of list) if (buffer) this.engine.dispose(buffer)
  }

  /** What stays as it is: given up, by the same buffer, else by one of its own; updates that are the gradients, by these. */
  private keep({ target, expr }: Output, group: Group): void {
    const { ownsAhead } = this.given
    const given = this.buffersOf(expr as Input, group)
    const into = this.into(target, group)
    const isHanded = makesUpdates(this.plan.program.mode) && target.to !== 'slot'
    const isSame = isHanded || (target.to === 'ahead' && ownsAhead)
    const made = given.map((b, k) => (isSame || into?.[k] === b ? b : this.engine.copy(b)))
    this.store(target, group.leaves, made)
  }

  private runGroup(group: Group, level: number, merged: Map<string, V>): void {
    const pass = group.passes[level]
    if (!pass) return
    const { leaves } = group
    const { outputs, reductions } = this.engine.run(this.callOf(pass, group, level))
    for (let j = 0; j < outputs.length; j++)
      this.store((pass.outputs[j] as Output).target, leaves, outputs[j] as readonly B[])
    if (reductions.length > 0) this.reduced(pass, leaves, reductions, merged)
  }

  /** What the engine is given. In loops: this is what every step of a training does. */
  private callOf(pass: Pass, group: Group, level: number): PassCall<B, V> {
    const { leaves } = group
    const reads = new Array<readonly B[]>(pass.reads.length)
    const spent = new Array<boolean>(reads.length)
    for (let i = 0; i < reads.length; i++) {
      const node = pass.reads[i] as Input
      reads[i] = this.buffersOf(node, group)
      spent[i] = node.source === 'grads' && this.given.spend === true
    }
    const uniforms = new Array<number | V | (number | V)[]>(pass.uniforms.length)
    for (let k = 0; k < uniforms.length; k++) {
      const uniform = pass.uniforms[k] as Uniform
      const place = this.known.tape.places.get(uniform.expr)
      uniforms[k] = place === undefined ? this.uniform(uniform, leaves) : (this.numbers[place] as number)
    }
    const into = this.reserved?.groups.get(group)?.[level] ?? this.intoAll(group, level)
    return { pass, shapes: pass.spread?.shapes ?? shapesOf(group, this.given.leaves), reads, into, spent, uniforms }
  }

  private reduced(
    pass: Pass,
    leaves: readonly number[],
    values: PassResult<B, V>['reductions'],
    merged: Map<string, V>,
  ) {
    pass.reductions.forEach(({ over, op, result: { name } }, j) => {
      const value = values[j]
      if (over === 'axes') {
        this.store({ to: 'slot', slot: -1, name }, leaves, value as readonly B[])
        return
      }
      if (over === 'tree') {
        const before = merged.get(name)
        const add = op === 'sum' ? this.engine.scalars.binary.add : this.engine.scalars.binary.max
        merged.set(name, before === undefined ? (value as V) : add(before, value as V))
        return
      }
      const list = this.leafResults.get(name) ?? []
      leaves.forEach((leaf, k) => {
        list[leaf] = (value as readonly V[])[k]
      })
      this.leafResults.set(name, list)
    })
  }

  private runLeafOutputs(group: Group): void {
    // All values first: a slot written in place may be one that another's value is made of.
    const values = group.leafOutputs.map(({ expr }) => group.leaves.map((leaf) => this.deferred(expr, leaf)))
    const into = this.reserved?.groups.get(group)?.[this.plan.levels] ?? this.intoAll(group, this.plan.levels)
    group.leafOutputs.forEach((output, j) => {
      const made = group.leaves.map((_, k) => this.engine.write(values[j]?.[k] as V, into[j]?.[k]))
      this.store(output.target, group.leaves, made)
    })
  }

  /** The new numbers of the tree; one that stays is handed on. All values first, as of the leaves. */
  private runTreeOutputs(): void {
    const { trees } = this.plan.program
    const values = trees.map(({ expr }) => this.deferred(expr, undefined))
    trees.forEach(({ target, expr }, j) => {
      const into = this.reserved?.trees[j] ?? this.intoTree(target)
      const given =
        isOfEngine(expr) && nameOf(target) === `slot ${(expr as Input).name}`
          ? this.listOf(expr as Input)[0]
          : undefined
      const isSame = given !== undefined && into === given
      const stays = given !== undefined && into === undefined
      const made = isSame ? given : stays ? this.engine.copy(given) : this.engine.write(values[j] as V, into)
      this.cells.set(nameOf(target), [made])
    })
  }

  private intoTree(target: Target): B | undefined {
    return target.to === 'slot' ? this.given.reuse?.slots[target.slot]?.[0] : undefined
  }

  private store(target: Target, leaves: readonly number[], made: readonly B[]): void {
    const at = nameOf(target)
    if (leaves.length === this.given.leaves.length) {
      this.cells.set(at, made)
      return
    }
    const list = this.partial.get(at) ?? new Array<B | undefined>(this.given.leaves.length).fill(undefined)
    leaves.forEach((leaf, k) => {
      list[leaf] = made[k] as B
    })
    this.partial.set(at, list)
    this.cells.set(at, list)
  }

  /** A slot that an earlier level wrote is read back; everything else is what was given. */
  private buffersOf(node: Input, group: Group): readonly B[] {
    const { leaves } = group
    const given = this.listOf(node) as readonly B[]
    const written = node.source === 'slot' ? this.cells.get(`slot ${node.name}`) : undefined
    // Of all leaves it is the list that was written, which an engine may know.
    if (leaves.length === this.given.leaves.length) return (written as readonly B[] | undefined) ?? given
    if (written) return leaves.map((leaf) => (written[leaf] ?? given[leaf]) as B)
    const { source, name } = node
    // These are new in every step.
    if (source === 'grads' || source === 'extra') return leaves.map((leaf) => given[leaf] as B)
    return partOf(group, source === 'slot' ? `slot ${name}` : source, given)
  }

  private listOf(node: Input): readonly (B | undefined)[] {
    if (node.source === 'grads') return this.given.grads
    if (node.source === 'params') return this.given.params ?? []
    if (node.source === 'ahead') return this.given.ahead ?? this.given.params ?? []
    if (node.source === 'extra') return this.given.extras[node.name] ?? []
    return this.given.slots[this.known.slotIndex.get(node.name) as number] as readonly (B | undefined)[]
  }

  /** What the outputs of a level may overwrite; behind the last level, the leaf outputs. */
  private intoAll(group: Group, level: number): Into<B> {
    const outputs = (level < this.plan.levels ? group.passes[level]?.outputs : group.leafOutputs) ?? []
    const into = new Array<readonly (B | undefined)[] | undefined>(outputs.length)
    for (let j = 0; j < into.length; j++) into[j] = this.into((outputs[j] as Output).target, group)
    return into
  }

  private into(target: Target, group: Group): readonly (B | undefined)[] | undefined {
    const { reuse, grads } = this.given
    if (!reuse || target.to === 'updates') return undefined
    const list = target.to === 'slot' ? reuse.slots[target.slot] : reuse[target.to]
    if (!list) return undefined
    const { leaves } = group
    if (leaves.length === list.length) return list
    return list === grads ? leaves.map((leaf) => list[leaf]) : partOf(group, nameOf(target), list)
  }

  private uniform({ expr, perLeaf, deferred }: Uniform, leaves: readonly number[]): number | V | (number | V)[] {
    if (!perLeaf) return deferred ? this.deferred(expr, undefined) : this.host(expr, undefined)
    if (!deferred) return leaves.map((leaf) => this.host(expr, leaf))
    const compute = deferredOf(this.engine.scalars, expr)
    return leaves.map((leaf) => {
      this.leaf = leaf
      return compute(this.env)
    })
  }

  private readonly number = (node: Input): number => {
    if (node.source === 'signal') return this.given.signals[node.name] ?? (node.absent as number)
    return this.given.slots[this.known.slotIndex.get(node.name) as number] as number
  }

  private host(expr: Expr, leaf: number | undefined): number {
    const place = this.known.tape.places.get(expr)
    if (place !== undefined) return this.numbers[place] as number
    const info = leaf === undefined ? undefined : this.given.leaves[leaf]
    return hostNumber(expr, { number: this.number, leaf: info, calls: this.calls })
  }

  /** The leaf whose number is being computed. */
  private leaf: number | undefined
  private readonly env: DeferredEnv<V> = {
    host: (expr) => this.host(expr, this.leaf),
    input: (node) => this.engineInput(node, this.leaf),
  }

  /** An expression with reductions in it, on the engine; the parts without them are computed by the host. */
  private deferred(expr: Expr, leaf: number | undefined): V {
    this.leaf = leaf
    return deferredOf(this.engine.scalars, expr)(this.env)
  }

  private engineInput(node: Input, leaf: number | undefined): V {
    if (node.source === 'reduced' && node.rank === 'leaf') return this.leafResults.get(node.name)?.[leaf as number] as V
    if (node.source === 'reduced') return this.treeResults.get(node.name) ?? this.emptyReduction(node)
    if (isOfEngine(node)) return this.engine.read(this.listOf(node)[node.held ? 0 : (leaf as number)] as B)
    return this.engine.scalars.number(this.number(node))
  }

  /** What a reduction over the tree is when the masks leave it no leaf. */
  private emptyReduction(node: Input): V {
    const reduction = this.plan.program.reductions.find(({ result }) => result.name === node.name)
    return this.engine.scalars.number(reduction?.op === 'max' ? Number.NEGATIVE_INFINITY : 0)
  }

  private made(): Made<B> {
    const { slots: placed } = this.plan.program
    const slots = new Array<SlotValue<B>>(placed.length)
    for (let i = 0; i < slots.length; i++) {
      const { slot, name, index } = placed[i] as PlacedSlot
      const place = slot.rank === 'step' ? this.known.steps.get(index) : undefined
      const made = place === undefined ? this.cells.get(`slot ${name}`) : this.numbers[place]
      slots[i] = (made ?? new Array(this.given.leaves.length).fill(undefined)) as SlotValue<B>
    }
    const cells = this.cells as ReadonlyMap<string, readonly B[]>
    return { updates: cells.get('updates'), params: cells.get('params'), ahead: cells.get('ahead'), slots }
  }
}

/** Runs a plan: see `Given` for what it reads and `Made` for what it makes. */
export const execute = <B extends Shaped, V>(engine: Engine<B, V>, plan: Plan, given: Given<B>): Made<B> =>
  new Execution(engine, plan, given).run()
