/** The numbers that a factory takes by default, read off the rules that it makes. */
import { treeLeaves } from '../../lib/data/tree.ts'
import { type Expr, type Input, injected } from '../../lib/expr/expr.ts'
import { operands } from '../../lib/expr/fold.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import type { Rule } from '../../lib/rule/rule.ts'

/** Makes a transformation of options. */
export type FromOptions = (options: Readonly<Record<string, unknown>>) => GradientTransformation

/** Not a number of the rule: it says whether there is a mark. */
const unasked: readonly string[] = ['predictSteps']

/** The options that are asked for when a transformation is made. */
const askedFor = (make: FromOptions, given: Readonly<Record<string, unknown>>): string[] => {
  const asked = new Set<string>()
  const watched = new Proxy(given, {
    getOwnPropertyDescriptor: (options, key) => {
      asked.add(String(key))
      return Reflect.getOwnPropertyDescriptor(options, key)
    },
  })
  make(watched)
  return [...asked].filter((name) => !Object.hasOwn(given, name) && !unasked.includes(name))
}

const rootsOf = ({ form }: GradientTransformation): readonly Expr[] => {
  const { u, next, ahead, project } = (form as Rule).graph
  return [u, ...treeLeaves(next), ...(ahead ? [ahead] : []), ...(project ? [project] : [])]
}

const sameNode = (a: Expr, b: Expr): boolean => {
  if (a.kind === 'constant' && b.kind === 'constant') return Object.is(a.value, b.value)
  if (a.kind === 'input' && b.kind === 'input') return a.source === b.source && a.name === b.name && a.rank === b.rank
  if ((a.kind === 'fact' && b.kind === 'fact') || (a.kind === 'mask' && b.kind === 'mask')) return a.name === b.name
  if (a.kind === 'reduce' && b.kind === 'reduce') return a.op === b.op && a.over === b.over
  return a.kind === b.kind && (a as { op?: string }).op === (b as { op?: string }).op
}

/** The number that stands in `plain` where `node` does in `other`, everything else being the same; nothing where it is not. */
const numberAt = (plain: readonly Expr[], other: readonly Expr[], node?: Input): number | undefined | 'other' => {
  const seen = new Map<Expr, Expr>()
  let found: number | undefined
  const isSame = (a: Expr | undefined, b: Expr | undefined): boolean => {
    if (!a || !b) return a === b
    if (seen.get(b) === a) return true
    seen.set(b, a)
    if (b === node) {
      if (a.kind !== 'constant' || (found !== undefined && found !== a.value)) return false
      found = a.value
      return true
    }
    const [xs, ys] = [operands(a), operands(b)]
    return sameNode(a, b) && xs.length === ys.length && xs.every((x, i) => isSame(x, ys[i]))
  }
  const areSame = plain.length === other.length && plain.every((a, i) => isSame(a, other[i]))
  return areSame ? found : 'other'
}

/**
 * The numbers by name that the rules of a factory hold where nothing is given. Each is found by putting a node in its place and looking what stands there
 * without it; where 0 or 1 leaves a part of the rule out, by giving that.
 */
export const defaultsOf = (make: FromOptions, given: Readonly<Record<string, unknown>>): Record<string, number> => {
  const plain = make(given)
  if (plain.form.kind !== 'rule') return {}
  const roots = rootsOf(plain)
  const standing = (name: string): number | undefined => {
    try {
      const node = injected(name)
      const at = numberAt(roots, rootsOf(make({ ...given, [name]: node })), node)
      if (at !== 'other') return at
      return [0, 1].find((x) => numberAt(roots, rootsOf(make({ ...given, [name]: x }))) === undefined)
    } catch {
      return undefined
    }
  }
  const entries = askedFor(make, given).map((name) => [name, standing(name)] as const)
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => entry[1] !== undefined))
}
