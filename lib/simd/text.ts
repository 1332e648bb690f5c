/** Kernels as text, for `explain` and for people. */
import { formula } from '../expr/show.ts'
import type { Pass } from '../rule/plan.ts'
import type { Target } from '../rule/program.ts'
import { type Kernel, kernelOf } from './kernel.ts'
import type { Lanes, Value } from './lanes.ts'

const targetText = (target: Target): string => (target.to === 'slot' ? target.name.trim() : target.to)

type Instructed = Extract<Lanes, { kind: 'instruction' }>

const givenName = (pass: Pass, lanes: Exclude<Lanes, Instructed>): string => {
  if (lanes.kind === 'constant') return lanes.text
  return (lanes.kind === 'read' ? pass.reads[lanes.index] : pass.uniforms[lanes.index]?.input)?.name.trim() ?? '?'
}

/** The values that a kernel needs, operands before their users. */
const needed = ({ values, outputs, reductions }: Kernel): Value[] => {
  const found = new Set<Value>()
  const visit = (value: Value): void => {
    const made = values[value] as Lanes
    if (found.has(value)) return
    if (made.kind === 'instruction') made.args.forEach(visit)
    found.add(value)
  }
  for (const value of [...outputs, ...reductions.flatMap(({ parts }) => parts)]) visit(value)
  return [...found]
}

const immediateText = ({ name, immediate }: Instructed): string =>
  immediate.length === 0 ? '' : name === 'i8x16.shuffle' ? ` [${immediate.join(' ')}]` : ` ${immediate}`

/** A line for a read that is spread. */
const comesAgain = ({ nest }: Kernel, name: string, read: number): string[] => {
  const axes = nest?.loops.flatMap((list, loop) => (nest.reads[read]?.[loop] ? [] : list)) ?? []
  return axes.length > 0 ? [`${name.trim()} comes again along axes ${axes.join(', ')}`] : []
}

/** A pass's kernel as lines: one an instruction, for one vector of four elements, with the names of the rule. */
export const kernelText = (pass: Pass): string => {
  const kernel = kernelOf(pass)
  const names = new Map<Value, string>()
  const nameOf = (value: Value): string => names.get(value) ?? '?'
  let next = 0
  const lines = needed(kernel).flatMap((value) => {
    const lanes = kernel.values[value] as Lanes
    names.set(value, lanes.kind === 'instruction' ? `v${next++}` : givenName(pass, lanes))
    if (lanes.kind !== 'instruction') return []
    return [`  ${nameOf(value)} = ${lanes.name} ${lanes.args.map(nameOf).join(', ')}${immediateText(lanes)}`]
  })
  return [
    `reads ${pass.reads.map(({ name }) => name.trim()).join(', ') || 'nothing'}`,
    ...pass.uniforms.map(
      ({ input, expr, perLeaf }) => `${perLeaf ? 'a leaf' : 'a step'}: ${input.name} = ${formula(expr)}`,
    ),
    ...pass.reads.flatMap((read, i) => comesAgain(kernel, read.name, i)),
    'four elements:',
    ...lines,
    ...pass.outputs.map(({ target }, i) => `  ${targetText(target)} ← ${nameOf(kernel.outputs[i] as Value)}`),
    ...pass.reductions.map(({ op, over, result }, i) => {
      const parts = kernel.reductions[i]?.parts.map(nameOf).join(', ')
      const where = pass.reductions[i]?.along?.axes.join(', ') ?? `the ${over}`
      const fours =
        kernel.reductions[i]?.squared === undefined ? '' : ', of four squares in float32 where they are in range'
      return `  ${result.name.trim()} ← ${op} over ${over === 'axes' ? `axes ${where}` : where} of ${parts}${op === 'sum' ? ' in float64' : ''}${fours}`
    }),
  ].join('\n')
}
