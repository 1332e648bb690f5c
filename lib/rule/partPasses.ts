/**
 * Passes parted by the shapes of their trees: one pass writes trees of one shape, and those that are smaller are spread over it.
 *
 * A shape is told by the axes along which it is 1, as bits. In a level the larger shapes come first: a pass reads what is as large as its
 * own trees or smaller, so what a later one writes is still as it was. What a pass would compute of smaller trees alone is computed before, once.
 */

import { pathText } from '../data/path.ts'
import { differsAlong, partOfRule } from '../errors/rules.ts'
import { type Expr, type Input, input, type LeafInfo } from '../expr/expr.ts'
import { nodesOf, operands, substitute } from '../expr/fold.ts'
import { makePass, type Pass, type PassReduction, passing } from './pass.ts'
import { type Group, leafFact, type PartPasses, type Plan } from './plan.ts'
import type { Output, Program } from './program.ts'

/** Leaves of more axes are refused: the bits below are the axes, those above their number. */
export const MOST_AXES = 20

/** The bits of axes, of the number that tells also the rank. */
export const bitsOf = (axes: number): number => axes % 2 ** MOST_AXES

/** The shape with an extent of 1 along axes. */
export const shapeAlong = (shape: readonly number[], ones: number): readonly number[] =>
  shape.map((extent, axis) => ((ones >> axis) & 1 ? 1 : extent))

/** The axes that bits stand for. */
export const axesIn = (bits: number): number[] =>
  Array.from({ length: MOST_AXES }, (_, i) => i).filter((i) => (bits >> i) & 1)

/** What reads that. */
const passed = (name: string): Input => input('slot', ` ${name}`, 'cell')

const texts = new WeakMap<Expr, string>()
let others = 0

/** An expression as text: equal where it is the same number as long as what it reads is. A node that says no more is equal to itself alone. */
const textOf = (node: Expr): string => {
  const known = texts.get(node)
  if (known !== undefined) return known
  const named = (op: string): string => `(${op} ${operands(node).map(textOf).join(' ')})`
  let made: string
  if (node.kind === 'input') made = `${node.source}:${node.name}`
  else if (node.kind === 'unary' || node.kind === 'binary') made = named(node.op)
  else if (node.kind === 'select') made = named('select')
  else made = `#${others++}`
  texts.set(node, made)
  return made
}

/** The parting of one group's passes. */
class Parting {
  private readonly program: Program
  private readonly infos: readonly LeafInfo[]
  /** All axes. */
  private readonly all: number
  /** Along which axes what is read by name is 1. */
  private readonly named = new Map<string, number>()
  private readonly ones = new Map<Expr, number>()
  private readonly results = new Map<string, Input>()
  /** What was computed before of smaller trees, by its text: it stands until a slot that it read is written. */
  private readonly parts = new Map<string, { readonly expr: Expr; readonly made: Input }>()
  private count = 0

  constructor(program: Program, infos: readonly LeafInfo[]) {
    this.program = program
    this.infos = infos
    this.all = 2 ** (infos[0] as LeafInfo).rank - 1
    for (const { slot, name } of program.slots) {
      const isHere = !slot.present || leafFact(slot.present, infos[0] as LeafInfo) !== 0
      if (slot.reduced && isHere) this.named.set(name, this.bits(slot.reduced.axes))
    }
  }

  private bits(axes: Expr): number {
    return bitsOf(leafFact(axes, this.infos[0] as LeafInfo))
  }

  /** The axes along which an expression is the same. */
  private onesOf(node: Expr): number {
    if (node.rank !== 'cell') return this.all
    const known = this.ones.get(node)
    if (known !== undefined) return known
    const made =
      node.kind === 'input'
        ? ((node.source === 'slot' ? this.named.get(node.name) : undefined) ?? 0)
        : operands(node).reduce((bits, x) => bits & this.onesOf(x), this.all)
    this.ones.set(node, made)
    return made
  }

  /** The passes of what one pass was to do, the larger shapes first. */
  part(pass: Pass): Pass[] {
    const whole = new Map<Expr, Expr>(pass.uniforms.map(({ input: uniform, expr }) => [uniform, expr]))
    const restore = substitute((node) =>
      node.kind === 'input' && node.source === 'reduced' && node.rank === 'cell'
        ? this.results.get(node.name)
        : whole.get(node),
    )
    const outputs = new Map<number, Output[]>()
    const reductions = new Map<number, PassReduction[]>()
    const put = <T>(lists: Map<number, T[]>, ones: number, item: T): void => {
      lists.set(ones, [...(lists.get(ones) ?? []), item])
    }
    for (const { target, expr } of pass.outputs) {
      const made = { target, expr: restore(expr) }
      put(outputs, this.domainOf(made), made)
    }
    for (const reduction of pass.reductions) {
      const made = { ...reduction, expr: restore(reduction.expr) }
      if (!reduction.axes) put(reductions, 0, made)
      else
        this.along(
          made,
          this.bits(reduction.axes),
          put.bind(undefined, outputs as never),
          put.bind(undefined, reductions as never),
        )
    }
    const domains = [...new Set([...outputs.keys(), ...reductions.keys()])].sort((a, b) => sizeOf(a) - sizeOf(b))
    return domains.flatMap((ones) => this.passes(ones, outputs.get(ones) ?? [], reductions.get(ones) ?? []))
  }

  /** A reduction over axes: its result is 1 along them, and along those where what it reduces is the same. Over none it is what it reduces. */
  private along(
    reduction: PassReduction,
    bits: number,
    output: (ones: number, item: Output) => void,
    reduce: (ones: number, item: PassReduction) => void,
  ): void {
    const { result, expr, op, id } = reduction
    const ones = this.onesOf(expr)
    // Over all axes it is one number a leaf.
    if (bits === this.all) {
      const number = input('reduced', result.name, 'leaf')
      this.results.set(result.name, number)
      reduce(0, { id, op, over: 'leaf', expr, result: number })
      return
    }
    const made = passed(result.name)
    this.results.set(result.name, made)
    this.named.set(made.name, ones | bits)
    if (bits === 0) {
      output(ones, { target: passing(result.name), expr })
      return
    }
    const shapes = this.infos.map(({ shape }) => shapeAlong(shape, ones | bits))
    reduce(ones & ~bits, { ...reduction, result: made, along: { axes: axesIn(bits), shapes } })
  }

  /** The axes along which a target is 1. Errors: `bad-rule` where its new value is not the same along them. */
  private domainOf({ target, expr }: Output): number {
    const ones = target.to === 'slot' ? (this.named.get(target.name) ?? 0) : 0
    if ((this.onesOf(expr) & ones) === ones) return ones
    const { rule } = this.program
    const at = pathText((this.infos[0] as LeafInfo).path)
    const path = partOfRule(rule.name, `next.${target.to === 'slot' ? target.name : ''}`)
    throw differsAlong(path, axesIn(ones), at)
  }

  /** The pass of one shape, behind those that compute what it would compute of smaller trees. */
  private passes(ones: number, outputs: readonly Output[], reductions: readonly PassReduction[]): Pass[] {
    const smaller = new Map<number, Output[]>()
    const hoist = substitute((node) => {
      if (node.rank !== 'cell' || node.kind === 'input') return undefined
      const own = this.onesOf(node)
      if (own === (own & ones)) return undefined
      const text = textOf(node)
      const known = this.parts.get(text)
      if (known) return known.made
      const made = passed(`part ${this.count}`)
      const target = passing(`part ${this.count++}`)
      this.named.set(made.name, own)
      this.parts.set(text, { expr: node, made })
      smaller.set(own, [...(smaller.get(own) ?? []), { target, expr: node }])
      return made
    })
    const own = <T extends { readonly expr: Expr }>(list: readonly T[]): T[] =>
      list.map((item) => ({ ...item, expr: hoist(item.expr) }))
    const pass = makePass(own(outputs), own(reductions))
    const before = [...smaller].flatMap(([bits, list]) => this.passes(bits, list, []))
    this.forget(outputs)
    return [...before, this.spread(pass, ones)]
  }

  /** What read a slot that is written now would be another number the next time. */
  private forget(outputs: readonly Output[]): void {
    const written = new Set(outputs.map(({ target }) => (target.to === 'slot' ? target.name : '')))
    for (const [text, { expr }] of this.parts)
      if (nodesOf([expr]).some((node) => node.kind === 'input' && node.source === 'slot' && written.has(node.name)))
        this.parts.delete(text)
  }

  /** The pass with what it spreads; itself where all its trees are shaped like the leaves. */
  private spread(pass: Pass, ones: number): Pass {
    const reads = pass.reads.map((node) => this.onesOf(node))
    const along = pass.reductions.map((r) => (r as PassReduction).along?.axes)
    if (ones === 0 && reads.every((bits) => bits === 0) && along.every((list) => !list)) return pass
    const key = `${pass.key}; along ${ones} of ${this.all}: ${reads}; ${along.map((list) => list?.join('.') ?? '')}`
    return { ...pass, key, spread: { ones, reads, shapes: this.infos.map(({ shape }) => shapeAlong(shape, ones)) } }
  }
}

/** How many axes are 1. */
const sizeOf = (ones: number): number => axesIn(ones).length

const partGroup = ({ program }: Plan, group: Group, leaves: readonly LeafInfo[]): Pass[][] => {
  const parting = new Parting(
    program,
    group.leaves.map((leaf) => leaves[leaf] as LeafInfo),
  )
  return group.passes.map((pass) => (pass ? parting.part(pass) : []))
}

/** The plan with as many levels for each as its longest list of passes. */
export const partPasses: PartPasses = (plan, leaves) => {
  const lists = plan.groups.map((group) => partGroup(plan, group, leaves))
  const width = Math.max(1, ...lists.flatMap((levels) => levels.map(({ length }) => length)))
  const groups = plan.groups.map((group, g): Group => {
    const levels = lists[g] as Pass[][]
    return { ...group, passes: levels.flatMap((list) => Array.from({ length: width }, (_, i) => list[i])) }
  })
  return { ...plan, levels: plan.levels * width, groups }
}
