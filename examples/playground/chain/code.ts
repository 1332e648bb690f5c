/** Expressions as code, and the changes that the page makes to them. */
import { parse, type Said } from '../../../lib/cli/parse.ts'

export type Call = Extract<Said, { kind: 'call' }>

/** How a text is written: in single quotes. */
const quoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\t', '\\t')}'`

const isPlainKey = (key: string): boolean => /^[A-Za-z_$][\w$]*$/.test(key)

/** An expression as code; parsing it gives the same expression. */
export const codeOf = (said: Said): string => {
  switch (said.kind) {
    case 'data':
      return typeof said.value === 'string' ? quoted(said.value) : numberOrWord(said.value)
    case 'name':
      return said.steps.join('.')
    case 'array':
      return `[${said.items.map(codeOf).join(', ')}]`
    case 'record':
      return said.fields.length === 0
        ? '{}'
        : `{ ${said.fields.map(([key, value]) => `${isPlainKey(key) ? key : quoted(key)}: ${codeOf(value)}`).join(', ')} }`
    case 'call':
      return `${said.steps.join('.')}(${said.args.map(codeOf).join(', ')})`
  }
}

const numberOrWord = (value: unknown): string => (Object.is(value, -0) ? '-0' : String(value))

const callOf = (name: string, args: readonly Said[]): Call => ({ kind: 'call', at: 0, steps: [name], args })

/** The stages of a chain: what `chain` is called with, or the expression itself. */
export const stagesOf = (said: Said): readonly Said[] =>
  said.kind === 'call' && said.steps.join('.') === 'chain' ? said.args : [said]

/** A chain of stages; one stage is itself. */
export const chainOf = (stages: readonly Said[]): Said =>
  stages.length === 1 ? (stages[0] as Said) : callOf('chain', stages)

/** A list with the item at `from` at the place `to`. */
export const moved = <T>(list: readonly T[], from: number, to: number): readonly T[] => {
  const rest = list.filter((_, i) => i !== from)
  return [...rest.slice(0, to), list[from] as T, ...rest.slice(to)]
}

/** What stands in a call for an option; undefined where nothing does. `args`: how many arguments stand before the options. */
export const optionOf = (call: Call, args: number, key: string): Said | undefined => {
  const record = call.args[args]
  return record?.kind === 'record' ? record.fields.find(([name]) => name === key)?.[1] : undefined
}

/** A call with another argument. Arguments before it that were left out are those of `before`. */
export const withArgument = (call: Call, index: number, value: Said | undefined, before: readonly string[]): Call => {
  const filled = before.slice(call.args.length, index).map(parse)
  const args = [...call.args, ...filled]
  if (value !== undefined) return { ...call, args: [...args.slice(0, index), value, ...args.slice(index + 1)] }
  const behind = args.slice(index + 1)
  return { ...call, args: [...args.slice(0, index), ...(behind.length > 0 ? [parse('undefined'), ...behind] : [])] }
}

/** A call with another value of an option; without one, where `value` is undefined. `before`: the arguments that stand before the options. */
export const withOption = (call: Call, key: string, value: Said | undefined, before: readonly string[]): Call => {
  const record = call.args[before.length]
  const fields = record?.kind === 'record' ? record.fields : []
  const known = fields.some(([name]) => name === key)
  const next =
    value === undefined
      ? fields.filter(([name]) => name !== key)
      : known
        ? fields.map((field) => (field[0] === key ? ([key, value] as const) : field))
        : [...fields, [key, value] as const]
  if (next.length === 0) return { ...call, args: call.args.slice(0, before.length) }
  return withArgument(call, before.length, { kind: 'record', at: 0, fields: next }, before)
}
