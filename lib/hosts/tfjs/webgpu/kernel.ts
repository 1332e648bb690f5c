/** Kernels: a step as the text of one WGSL program, and what a dispatch of it binds. */
import type { Expr } from '../../../expr/expr.ts'
import { nodesOf } from '../../../expr/fold.ts'
import { Formulas } from './formulas.ts'
import { helperText, reduceRows, typeNames } from './operations.ts'
import type { Told } from './scalars.ts'
import { type Place, rootsOf, type Step } from './steps.ts'

/** The invocations of a workgroup. */
export const LANES = 64

/** What a dispatch binds, in the order of the bindings. `sums` is where reductions go; a `source` holds numbers that are told. */
export interface Binding {
  readonly place: Place | { readonly of: 'source'; readonly index: number } | { readonly of: 'sums' }
  readonly writes: boolean
  /** In a kernel of several leaves, whose buffer of a tree that has one a leaf. */
  readonly row?: number
}

/** Several leaves of one size in a dispatch, each a row of workgroups. */
export interface Rows {
  readonly count: number
  /** The reads whose leaves lie one behind another in one buffer; the other trees have a buffer a leaf. */
  readonly inArena: readonly number[]
  /** True where each has a block of numbers of its own, one behind another; else one is for all. */
  readonly areToldApart: boolean
}

/** Where leaves of an arena may begin: every so many bytes, as a binding may. */
export const ARENA_STEP = 256

/** The places of the words in the block of numbers that a dispatch is given. */
export interface BlockLayout {
  readonly numbers: number
  readonly indices: number
  readonly count: number
  readonly partials: number
  readonly words: number
}

export interface Kernel {
  readonly text: string
  readonly bindings: readonly Binding[]
}

/** What a kernel is made of. */
export interface KernelParts {
  readonly step: Step
  /** The nodes that stand for the pass's uniforms, and their values. */
  readonly uniforms: readonly Expr[]
  readonly told: Pick<Told<unknown>, 'values' | 'numbers' | 'indices' | 'sources' | 'numberOf' | 'loadOf'>
  /** Which of the sources is the buffer of the sums; −1 for none. */
  readonly own: number
  /** For each output of the pass the read whose buffer it may take, if there is one. */
  readonly over: readonly (number | undefined)[]
  /** The reductions of the whole pass, which all have a word in the block. */
  readonly reductions: number
  /** How many elements an invocation takes at once. */
  readonly width: 1 | 4
  /** Absent for a kernel of one leaf. */
  readonly rows?: Rows | undefined
  /** A name for a tree. */
  readonly nameOf: (place: Place) => string
}

/** A block: the numbers, the indices of what is loaded, how many cells there are, and where each reduction's partial results begin. */
export const blockLayout = (numbers: number, indices: number, reductions: number): BlockLayout => {
  const count = numbers + indices
  return { numbers: 0, indices: numbers, count, partials: count + 1, words: count + 1 + reductions }
}

/** The kernel of a step. */
export const kernelOf = (parts: KernelParts): Kernel => {
  const formulas = new Formulas('v')
  const bound = bind(parts, formulas)
  const told = toldLines(parts, bound, formulas)
  const bodies = bodiesOf(parts, bound, formulas)
  const after = parts.step.reductions.flatMap((r, i) => reductionLines(r.op, i, r.index))
  for (const { op } of parts.step.reductions) for (const name of reduceRows[op].uses ?? []) formulas.helpers.add(name)
  // A comparison that only ever chooses is not made a number.
  if (![...told, ...bodies.flat()].some((line) => line.includes('one_if('))) formulas.helpers.delete('one_if')
  const text = [
    ...types(parts.width, formulas),
    '',
    ...blockText(parts),
    ...bound.declarations,
    ...(parts.step.reductions.length > 0 ? [`var<workgroup> lanes: array<cell, ${LANES}>;`] : []),
    '',
    ...helperText(formulas.helpers),
    ...(parts.step.reductions.length > 0 ? acrossText(parts.width, parts.step) : []),
    '',
    `@compute @workgroup_size(${LANES})`,
    'fn main(',
    '  @builtin(workgroup_id) group: vec3<u32>,',
    '  @builtin(num_workgroups) groups: vec3<u32>,',
    '  @builtin(local_invocation_index) lane: u32,',
    ') {',
    ...(parts.rows?.areToldApart ? ['  let n = all[group.y];'] : []),
    ...indent(told),
    ...indent(parts.step.reductions.map(({ op }, i) => `var total${i} = ${reduceRows[op].start};`)),
    ...indent(parts.rows ? rowsOf(parts.width, bodies) : loopOf(bodies[0] as string[])),
    ...indent(after),
    '}',
    '',
  ].join('\n')
  return { text: text.replaceAll(/\n\n\n+/g, '\n\n'), bindings: bound.bindings }
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)

const types = (width: 1 | 4, { helpers }: Formulas): string[] => {
  const names = typeNames(width)
  const needed = helpers.size > 0 ? (Object.keys(names) as (keyof typeof names)[]) : (['cell'] as const)
  return needed.map((name) => `alias ${name} = ${names[name]};`)
}

const blockText = ({ told, reductions, rows }: KernelParts): string[] => {
  const { words } = blockLayout(told.numbers.length, told.indices.length, reductions)
  const fields = [
    ...told.numbers.map((_, i) => `x${i}: f32,`),
    ...told.indices.map((_, i) => `at${i}: u32,`),
    'count: u32,',
    ...Array.from({ length: reductions }, (_, i) => `partials${i}: u32,`),
    ...(rows?.areToldApart ? Array.from({ length: rowWords(words) - words }, (_, i) => `unused${i}: u32,`) : []),
  ]
  const type = rows?.areToldApart ? `all: array<Numbers, ${rows.count}>` : 'n: Numbers'
  return ['struct Numbers {', ...indent(fields), '}', `@group(1) @binding(0) var<uniform> ${type};`]
}

/** The words of a block where several lie one behind another. */
export const rowWords = (words: number): number => 4 * Math.ceil(words / 4)

// ---------------------------------------------------------------------------------------------------------------------
// Buffers

interface Bound {
  readonly bindings: Binding[]
  readonly declarations: string[]
  /** The variable of the tree or number at a place; of a tree with a buffer a leaf, what the row follows. */
  readonly variable: (place: Binding['place']) => string
}

const keyOf = (place: Binding['place']): string => (place.of === 'sums' ? 'sums' : `${place.of} ${place.index}`)

const bind = (parts: KernelParts, formulas: Formulas): Bound => {
  const { step, own } = parts
  const written = new Set(step.outputs.map((output) => keyOf(target(parts, output.to, output.inPlace))))
  const variables = new Map<string, string>()
  const [bindings, declarations]: [Binding[], string[]] = [[], []]
  const add = (place: Binding['place'], name: string, element: string, writes: boolean): void => {
    if (variables.has(keyOf(place))) return
    variables.set(keyOf(place), name)
    const declare = (word: string, row?: number): void => {
      const access = writes ? 'read_write' : 'read'
      declarations.push(`@group(0) @binding(${bindings.length}) var<storage, ${access}> ${word}: array<${element}>;`)
      bindings.push(row === undefined ? { place, writes } : { place, writes, row })
    }
    if (!parts.rows || isShared(parts.rows, place)) declare(name)
    else for (let row = 0; row < parts.rows.count; row++) declare(`${name}${row}`, row)
  }
  const [name, outputName] = [uniqueNames(), uniqueNames()]
  for (const { node, from } of step.reads) {
    const word = name(parts.nameOf(from))
    const writes = written.has(keyOf(from))
    add(from, `${word}_${writes ? 'io' : 'in'}`, 'cell', writes)
    formulas.name(node, `${word}_0`)
  }
  for (const source of usedSources(parts)) {
    const place = source === own ? ({ of: 'sums' } as const) : ({ of: 'source', index: source } as const)
    if (source === own && step.reductions.length > 0) continue
    add(place, source === own ? 'sums' : `number${source}`, 'f32', false)
  }
  for (const { to, inPlace } of step.outputs) {
    const place = target(parts, to, inPlace)
    if (!variables.has(keyOf(place))) add(place, `${outputName(parts.nameOf(to))}_out`, 'cell', true)
  }
  if (step.reductions.length > 0) add({ of: 'sums' }, 'sums', 'f32', true)
  return { bindings, declarations, variable: (place) => variables.get(keyOf(place)) as string }
}

/** True for what all rows of a dispatch have in one buffer. */
const isShared = ({ inArena }: Rows, place: Binding['place']): boolean =>
  place.of === 'source' || place.of === 'sums' || (place.of === 'read' && inArena.includes(place.index))

/** The place of the buffer that an output is written to: a read's, where it is written in place and the kernel reads it. */
const target = ({ step, over }: KernelParts, to: Place, inPlace: boolean): Place => {
  const isTarget = ({ of, index }: Place): boolean => of === 'read' && inPlace && index === over[to.index]
  return step.reads.find(({ from }) => isTarget(from))?.from ?? to
}

/** Names made different by a number. */
const uniqueNames = (): ((word: string) => string) => {
  const taken = new Set<string>()
  return (word) => {
    let name = word
    for (let count = 2; taken.has(name); count++) name = `${word}${count}`
    taken.add(name)
    return name
  }
}

/** The uniforms that a step uses, by their position. */
const usedUniforms = ({ step, uniforms }: KernelParts): number[] => {
  const nodes = new Set(nodesOf(rootsOf(step)))
  return uniforms.flatMap((node, k) => (nodes.has(node) ? [k] : []))
}

const usedSources = (parts: KernelParts): number[] => {
  const exprs = usedUniforms(parts).flatMap((k) => {
    const value = parts.told.values[k]
    return typeof value === 'number' || value === undefined ? [] : [value]
  })
  const sources = nodesOf(exprs).flatMap((node) => parts.told.loadOf.get(node)?.source ?? [])
  return [...new Set(sources)]
}

// ---------------------------------------------------------------------------------------------------------------------
// Formulas

/** Each number that is told, spread over a cell, and what is computed of those alone. */
const toldLines = (parts: KernelParts, { variable }: Bound, formulas: Formulas): string[] => {
  const { told, uniforms, own } = parts
  const lines: string[] = []
  const exprs: [Expr, string][] = []
  for (const k of usedUniforms(parts)) {
    const value = told.values[k] as number | Expr
    if (typeof value === 'number') lines.push(`let k${k} = cell(n.x${value});`)
    else exprs.push([value, `k${k}`])
  }
  for (const node of nodesOf(exprs.map(([expr]) => expr))) {
    const number = told.numberOf.get(node)
    if (number !== undefined) formulas.name(node, `cell(n.x${number})`)
    const place = told.loadOf.get(node)
    if (!place) continue
    const array = variable(place.source === own ? { of: 'sums' } : { of: 'source', index: place.source })
    formulas.name(node, `cell(${array}[n.at${place.index}])`)
  }
  const scalars = formulas.lines(exprs)
  for (const k of usedUniforms(parts)) {
    const value = told.values[k] as number | Expr
    formulas.name(uniforms[k] as Expr, typeof value === 'number' ? `k${k}` : formulas.text(value))
  }
  return [...lines, ...scalars]
}

/** One turn of the loop, for each row: load, compute, store, and add to the totals. */
const bodiesOf = (parts: KernelParts, { variable }: Bound, formulas: Formulas): string[][] => {
  const { step, nameOf, rows } = parts
  const name = uniqueNames()
  const outputs = step.outputs.map(({ to, expr }) => [expr, `${name(nameOf(to))}_1`] as const)
  const totals = step.reductions.map(({ expr }, i) => [expr, `part${i}`] as const)
  const lines = formulas.lines([...totals, ...outputs])
  const sums = step.reductions.map(
    ({ op, expr }, i) => `total${i} = ${reduceRows[op].text(`total${i}`, formulas.text(expr))};`,
  )
  return Array.from({ length: rows?.count ?? 1 }, (_, row) => {
    const cell = (place: Place): string => {
      if (!rows) return `${variable(place)}[i]`
      return isShared(rows, place) ? `${variable(place)}[first + i]` : `${variable(place)}${row}[i]`
    }
    const loads = step.reads.map(({ node, from }) => `let ${formulas.text(node)} = ${cell(from)};`)
    const stores = step.outputs.map(
      ({ to, expr, inPlace }) => `${cell(target(parts, to, inPlace))} = ${formulas.text(expr)};`,
    )
    return [...loads, ...lines, ...stores, ...sums]
  })
}

/** Every workgroup takes a few turns over its part of a leaf. */
const loopOf = (body: readonly string[]): string[] => [
  `for (var i = group.x * ${LANES}u + lane; i < n.count; i += groups.x * ${LANES}u) {`,
  ...indent(body),
  '}',
]

/** Each row has a loop of its own: a device that takes all ways of a choice leaves those at once that are not its own. */
const rowsOf = (width: 1 | 4, bodies: readonly (readonly string[])[]): string[] => {
  const cells = ARENA_STEP / (4 * width)
  const cases = bodies.flatMap((body, row) => [`case ${row}u: {`, ...indent(loopOf(body)), '}'])
  return [
    // Where this row begins in an arena.
    `let first = group.y * ((n.count + ${cells - 1}u) / ${cells}u * ${cells}u);`,
    'switch group.y {',
    ...indent([...cases, 'default: {}']),
    '}',
  ]
}

/** The square root of the invocations: so many of them add up so many totals each, then one adds up what they made. */
const ROWS = 8

/**
 * The totals of a workgroup's invocations, in two rounds: the same order and the same bits in every run. Pairs would take eight rounds,
 * and each costs a barrier, which a software device pays dearly for.
 */
const totalLines = (op: keyof typeof reduceRows, total: string): string[] => {
  const { text } = reduceRows[op]
  return [
    `lanes[lane] = ${total};`,
    'workgroupBarrier();',
    `if (lane < ${ROWS}u) {`,
    `  for (var j = lane + ${ROWS}u; j < ${LANES}u; j += ${ROWS}u) { ${total} = ${text(total, 'lanes[j]')}; }`,
    `  lanes[lane] = ${total};`,
    '}',
    'workgroupBarrier();',
  ]
}

const reductionLines = (op: keyof typeof reduceRows, i: number, index: number): string[] => [
  ...(i > 0 ? ['workgroupBarrier();'] : []),
  ...totalLines(op, `total${i}`),
  'if (lane == 0u) {',
  `  for (var j = 1u; j < ${ROWS}u; j++) { total${i} = ${reduceRows[op].text(`total${i}`, 'lanes[j]')}; }`,
  `  sums[n.partials${index} + group.x] = ${op}_across(total${i});`,
  '}',
]

/** The elements of a cell reduced to one. */
const acrossText = (width: 1 | 4, { reductions }: Step): string[] =>
  [...new Set(reductions.map(({ op }) => op))].map((op) => {
    if (width === 1) return `fn ${op}_across(x: cell) -> f32 { return x; }`
    const { text } = reduceRows[op]
    return `fn ${op}_across(x: cell) -> f32 {
  let pairs = ${text('x', 'x.yxwz')};
  let all = ${text('pairs', 'pairs.zwxy')};
  return all.x;
}`
  })

// ---------------------------------------------------------------------------------------------------------------------
// The last step of a reduction

/** Reduces ranges of the partial results, one a workgroup, each to one number. */
export const finishText = (op: keyof typeof reduceRows): string => {
  const { text, start, uses } = reduceRows[op]
  const names = typeNames(1)
  return `${Object.entries(names)
    .map(([name, type]) => `alias ${name} = ${type};`)
    .join('\n')}

struct Range {
  first: u32,
  count: u32,
  at: u32,
}
@group(0) @binding(0) var<storage, read_write> sums: array<f32>;
@group(0) @binding(1) var<storage, read> ranges: array<Range>;
var<workgroup> lanes: array<cell, ${LANES}>;

${helperText(uses ?? []).join('\n')}
@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = group.y * groups.x + group.x;
  let many = arrayLength(&ranges);
  let range = ranges[min(r, many - 1u)];
  var total = ${start};
  for (var i = lane; i < range.count; i += ${LANES}u) { total = ${text('total', 'sums[range.first + i]')}; }
${indent(totalLines(op, 'total')).join('\n')}
  if (lane == 0u && r < many) {
    for (var j = 1u; j < ${ROWS}u; j++) { total = ${text('total', 'lanes[j]')}; }
    sums[range.at] = total;
  }
}
`
}
