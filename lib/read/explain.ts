/** Reading a transformation: its formulas, and what a step costs. */

import { raiseFaults, soundFaults } from '../check/check.ts'
import { type Excess, noExcess } from '../data/excess.ts'
import { NdArray } from '../data/ndArray.ts'
import { pathText } from '../data/path.ts'
import { sizeOf } from '../data/shape.ts'
import { treeEntries } from '../data/tree.ts'
import { noShape } from '../errors/kinds.ts'
import { tensorsAdvice } from '../errors/trees.ts'
import type { LeafInfo } from '../expr/expr.ts'
import { specialise } from '../expr/rewrite.ts'
import { type Attached, whatIsAttached } from '../form/attached.ts'
import type { Form, Projection } from '../form/form.ts'
import { bind, layoutOf } from '../form/layout.ts'
import { Place, pathIn } from '../form/places.ts'
import { isMarked, modesOf, type Stage, stagesOf } from '../form/stages.ts'
import { checkTransformation, type GradientTransformation, type Params } from '../form/transformation.ts'
import { readsNow } from '../hosts/arrayOps.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { LeafCheck } from '../hosts/host.ts'
import { planAt } from '../rule/cut.ts'
import { shapeAlong } from '../rule/partPasses.ts'
import { type Pass, type Plan, planOf, type Read } from '../rule/plan.ts'
import { type Mode, type Precision, programOf, type Target } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import { linesOf } from '../rule/showRule.ts'
import { Slot } from '../rule/slot.ts'

/** What would run it: the engine of the tensor library that is attached, else the float64 meaning. */
const engineNow = (): Omit<ReturnType<Attached['engine']>, 'scope'> =>
  whatIsAttached()?.engine() ?? { name: 'float64', fast: false }

/** Without a tensor library whatever has a shape is a leaf. */
const leafCheck = (): LeafCheck => whatIsAttached()?.check ?? anyShaped

const anyShaped: LeafCheck = (leaf) =>
  Array.isArray((leaf as Partial<Shaped> | null)?.shape) ? undefined : noShape(leaf)

const indent = (text: string): string => text.replaceAll(/^/gm, '  ')

const showForm = (form: Form | Projection): string => {
  if (form.kind === 'opaque' || form.kind === 'projection') return `${form.name}\n  (opaque: written by hand)`
  if (form.kind === 'branches') {
    const own = form.branches.map(({ key, form: inner }) => [...(key === '' ? [] : [key]), indent(showForm(inner))])
    return [form.name, ...own.flat().map(indent)].join('\n')
  }
  if (form.kind === 'wrapped') return `${showForm(form.outer)}\n  inner\n${indent(indent(showForm(form.inner)))}`
  if (form.kind === 'sequence') return `${form.name}\n${form.parts.map((part) => indent(showForm(part))).join('\n')}`
  const lines = linesOf(form)
  const width = Math.max(...lines.map(([name]) => name.length))
  return [form.name, ...lines.map(([name, text]) => `  ${name.padEnd(width)} = ${text}`)].join('\n')
}

/**
 * The update rule as formulas, one line a slot, then the update `u` and the mark `ahead`. `g` is the gradient, `p` the parameters before and
 * `w` those after the update; x' is the new value of slot x.
 */
export const show = (tx: GradientTransformation<never> | GradientTransformation, ...excess: Excess): string => {
  noExcess('show', excess)
  checkTransformation('show', tx)
  return showForm(tx.form)
}

/** One pass over memory: the trees it reads and writes, and the reductions it makes. */
export interface ExplainedPass {
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  readonly reductions: readonly string[]
  /** How many leaves go through it; absent when no parameters were given. */
  readonly leaves?: number
  /** The kernel that carries it out, as text with the rule's own names, where the engine has kernels to show. */
  readonly kernel?: string
  /** Why no kernel carries it out, as a clause. */
  readonly whyNotFused?: string
  /** What of a stage written by hand is done on the host's numbers, which are read for it. */
  readonly onNumbers?: string
  /** The same where numbers cannot be read at once, as on WebGPU, and it is done by array operations. */
  readonly byOperations?: string
}

/** What a step costs. */
export interface Explanation {
  readonly passes: readonly ExplainedPass[]
  /** Bytes of memory that a step reads and writes for each parameter, four a stream. Opaque stages are not counted. */
  readonly bytesPerParam: number
  /** What a step costs where the gates are closed, as a mini-step of `multiSteps` that accumulates; absent where there are none. */
  readonly closed?: { readonly passes: readonly ExplainedPass[]; readonly bytesPerParam: number }
  /** The engine that runs it on the active backend. */
  readonly engine: string
  /** True when the engine runs each pass as one kernel. */
  readonly fused: boolean
  toString(): string
}

/** What the trees of a stage are called in the whole. */
interface Names {
  readonly slot: (name: string) => string
  /** The distance that is carried on, where the stage has no parameters to be ahead of. */
  readonly ahead?: string | undefined
}

const targetName = (target: Target, { slot, ahead = 'ahead' }: Names): string => {
  if (target.to === 'slot') return target.slot < 0 ? target.name.trim() : `${slot(target.name)}'`
  return target.to === 'ahead' ? ahead : target.to
}

const readName = ({ source, name }: Read, names: Names): string => {
  if (source === 'slot') return names.slot(name).trim()
  return source === 'extra' ? name : source
}

const explainPass = (pass: Pass, leaves: number | undefined, names: Names): ExplainedPass => ({
  reads: pass.reads.map((read) => readName(read, names)),
  writes: pass.outputs.map(({ target }) => targetName(target, names)),
  reductions: pass.reductions.map(({ op, over, axes }) => `${op} over ${axes ? axes.name : `the ${over}`}`),
  ...(leaves === undefined ? {} : { leaves }),
  ...kernelOf(pass),
})

const kernelOf = (pass: Pass): Pick<ExplainedPass, 'kernel' | 'whyNotFused'> => {
  const engine = engineNow()
  const whyNotFused = engine.whyNotFused?.(pass)
  if (whyNotFused !== undefined) return { whyNotFused }
  const kernel = engine.text?.(pass)
  return kernel === undefined ? {} : { kernel }
}

/** A leaf of no particular tree, for explanations without parameters. */
const oneLeaf = layoutOf(new NdArray(Float64Array.of(0), [1, 1])).leaves

/** Without parameters no mask can be asked: every one is taken to hold. */
const unmasked = (rule: Rule, mode: Mode, precision: Precision): Plan => {
  const program = programOf(rule, mode, precision)
  const yes = specialise(() => 1)
  const answered = <T extends { readonly expr: Parameters<typeof yes>[0] }>(list: readonly T[]): T[] =>
    list.map((item) => ({ ...item, expr: yes(item.expr) }))
  return planOf(
    {
      ...program,
      cells: answered(program.cells),
      leaves: answered(program.leaves),
      reductions: answered(program.reductions),
      slots: program.slots.map((placed) => ({
        ...placed,
        slot: new Slot(placed.slot.rank, placed.slot.start, undefined, placed.slot.reduced),
      })),
    },
    oneLeaf,
  )
}

/** The gates of all plans as they are asked for: open, or closed. */
type Gates = (plan: Plan, leaves: readonly LeafInfo[]) => Plan

interface Cost {
  readonly passes: ExplainedPass[]
  readonly bytes: number
}

/** How many numbers a pass reads and writes for a leaf of the group; without its shape for each of its elements, where smaller trees are as nothing. */
const streamsOf = (
  { reads, outputs, reductions, spread }: Pass,
  k: number,
  shape: readonly number[] | undefined,
): number => {
  const sizeAlong = (ones: number): number => (shape ? sizeOf(shapeAlong(shape, ones)) : ones === 0 ? 1 : 0)
  if (!spread) return (reads.length + outputs.length) * sizeAlong(0)
  const kept = shape ? reductions.reduce((n, { along }) => n + (along ? sizeOf(along.shapes[k] ?? []) : 0), 0) : 0
  const read = spread.reads.reduce((n, ones) => n + sizeAlong(ones), 0)
  return read + outputs.length * sizeAlong(spread.ones) + kept
}

const costOf = (plan: Plan, infos: readonly LeafInfo[] | undefined, names: Names): Cost => {
  const total = infos?.reduce((n, { size }) => n + size, 0) ?? 1
  return plan.groups.reduce<Cost>(
    ({ passes, bytes }, { leaves, passes: own }) => {
      const made = own.filter((pass): pass is Pass => pass !== undefined)
      const shapes = infos ? leaves.map((leaf) => infos[leaf]?.shape) : [undefined]
      const streams = shapes.flatMap((shape, k) => made.map((pass) => streamsOf(pass, k, shape)))
      const explained = made.map((pass) => explainPass(pass, infos && leaves.length, names))
      return { passes: [...passes, ...explained], bytes: bytes + (4 * streams.reduce((n, x) => n + x, 0)) / total }
    },
    { passes: [], bytes: 0 },
  )
}

/** A stage written by hand: for how many leaves it is, where parameters were given. */
const byHand = ({ form, on }: Stage, params: Params | undefined): Cost => {
  const { name } = form
  const leaves = params && layoutOf(params).leaves.filter((leaf) => !on || on(leaf)).length
  const work = 'onNumbers' in form ? form.onNumbers : undefined
  const ops = whatIsAttached()?.ops
  const how = ops === undefined || readsNow(ops) ? 'onNumbers' : 'byOperations'
  const pass = {
    reads: [`(${name})`],
    writes: [`(${name})`],
    reductions: [],
    ...(work !== undefined && { [how]: work }),
  }
  return { passes: leaves === 0 ? [] : [{ ...pass, ...(leaves !== undefined && { leaves }) }], bytes: 0 }
}

/** The names of a stage's trees in the whole, where the rule's own state is spread over its places. */
const namesOf = (rule: Rule, { places, carries }: Pick<Stage, 'places' | 'carries'>): Names => {
  const inWhole = pathIn(places)
  const names = new Map(treeEntries(rule.slots).map(([path]) => [pathText(path, ''), pathText(inWhole(path), '')]))
  return { slot: (name) => names.get(name) ?? name, ahead: carries }
}

const ruleCost = (rule: Rule, names: Names, mode: Mode, params: Params | undefined, gates: Gates): Cost => {
  const engine = engineNow()
  if (params === undefined) return costOf(gates(unmasked(rule, mode, engine), oneLeaf), undefined, names)
  const bound = bind(rule, params)
  const { leaves } = bound.layout
  return costOf(gates(bound.plan(mode, engine), leaves), leaves, names)
}

/** The costs of the stages as they run: rules next to each other are one. */
const formCost = (form: Form, mode: Mode, params: Params | undefined, gates: Gates): Cost => {
  if (form.kind === 'rule') return ruleCost(form, namesOf(form, { places: new Place([]) }), mode, params, gates)
  const stages = stagesOf(form)
  const modes = modesOf(stages, mode)
  const costs = stages.map((stage, i) =>
    stage.form.kind === 'rule'
      ? ruleCost(stage.form, namesOf(stage.form, stage), modes[i] as Mode, params, gates)
      : byHand(stage, params),
  )
  return { passes: costs.flatMap(({ passes }) => passes), bytes: costs.reduce((n, { bytes }) => n + bytes, 0) }
}

/** How the passes run, and on a fused engine which ones have no kernel, and why. */
const howText = ({ engine, fused, passes }: Pick<Explanation, 'engine' | 'fused' | 'passes'>): string => {
  if (fused) return 'one kernel a pass'
  if (engine === 'tensors') return 'as tfjs ops, not fused'
  if (engine === 'float64') return 'plain numbers, one element at a time'
  const without = passes.flatMap(({ whyNotFused }, i) =>
    whyNotFused ? [`pass ${i + 1} as tfjs ops, since ${whyNotFused}`] : [],
  )
  return `one kernel a pass, but ${without.join('; ')}`
}

const linesOfPasses = (passes: readonly ExplainedPass[], bytesPerParam: number): string[] => [
  ...passes.map(({ reads, writes, reductions, leaves, onNumbers, byOperations }, i) => {
    const parts = [
      `reads ${reads.join(', ') || 'nothing'}`,
      ...(writes.length > 0 ? [`writes ${writes.join(', ')}`] : []),
      ...reductions,
      ...(onNumbers === undefined ? [] : [`${onNumbers} on the host's numbers`]),
      ...(byOperations === undefined ? [] : [`${byOperations} by array operations, since nothing can be read at once`]),
      ...(leaves === undefined ? [] : [`${leaves} ${leaves === 1 ? 'leaf' : 'leaves'}`]),
    ]
    return `pass ${i + 1}: ${parts.join('; ')}`
  }),
  `${bytesPerParam} bytes a parameter and step`,
]

const text = ({ passes, bytesPerParam, closed, engine, fused }: Omit<Explanation, 'toString'>): string =>
  [
    ...linesOfPasses(passes, bytesPerParam),
    ...(closed ? ['where the gates are closed', ...linesOfPasses(closed.passes, closed.bytesPerParam)] : []),
    `engine ${engine}: ${howText({ engine, fused, passes })}`,
  ].join('\n')

/**
 * What a step of the transformation costs: its passes over memory, the bytes they move, and the engine that would run them now. A marked
 * transformation is explained as `withLookaheadGradient` runs it, any other as `step` does. Masks are asked where `params` are given.
 *
 * Units: bytesPerParam in bytes. Errors: `tree-mismatch` and `disposed-tensor` for the parameters.
 */
export const explain = (
  tx: GradientTransformation<never> | GradientTransformation,
  params?: Params,
  ...excess: Excess
): Explanation => {
  noExcess('explain', excess)
  checkTransformation('explain', tx)
  if (params !== undefined) raiseFaults(soundFaults(params, 'params', leafCheck()), tensorsAdvice)
  const mode = isMarked(tx.form) ? 'lookahead' : 'step'
  const found = { gates: false }
  const at =
    (isOpen: boolean): Gates =>
    (plan, leaves) => {
      const made = planAt(plan, leaves, isOpen)
      found.gates ||= made !== undefined
      return made ?? plan
    }
  const { passes, bytes } = formCost(tx.form, mode, params, at(true))
  const shut = found.gates ? formCost(tx.form, mode, params, at(false)) : undefined
  const engine = engineNow().name
  const fused = !['tensors', 'float64'].includes(engine) && passes.every(({ whyNotFused }) => whyNotFused === undefined)
  const closed = shut && { closed: { passes: shut.passes, bytesPerParam: shut.bytes } }
  const explained = { passes, bytesPerParam: bytes, ...closed, engine, fused }
  return { ...explained, toString: () => text(explained) }
}
