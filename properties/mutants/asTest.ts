/** What tells a mutant from its rule, as a test that can be pasted. */
import { pathText } from '../../lib/data/path.ts'
import { isBranch, type Tree, treeEntries } from '../../lib/data/tree.ts'
import { needsParams } from '../../lib/form/named.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import type { Rule } from '../../lib/rule/rule.ts'
import { within } from '../laws/same.ts'
import { type Apart, type Numbers, smallestApart } from './apart.ts'
import type { Inputs } from './inputs.ts'
import type { Told } from './mutants.ts'

const alike = within(1e-9, 1e-6)
const number = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))

/** Numbers of a shape, row by row, as nested lists. */
export const nested = (xs: readonly number[], shape: readonly number[]): string => {
  const [extent, ...rest] = shape
  if (extent === undefined) return number(xs[0] as number)
  const each = xs.length / extent
  return `[${Array.from({ length: extent }, (_, i) => nested(xs.slice(i * each, (i + 1) * each), rest)).join(', ')}]`
}

const written = (tree: Tree<Shaped>, cells: Float64Array): string => {
  let from = 0
  const write = (at: Tree<Shaped>): string => {
    if (isBranch(at))
      return `{ ${Object.entries(at)
        .map(([key, x]) => `${key}: ${write(x)}`)
        .join(', ')} }`
    const size = at.shape.reduce((n, d) => n * d, 1)
    from += size
    return nested([...cells.subarray(from - size, from)], at.shape)
  }
  return write(tree)
}

const extraText = (tree: Tree<Shaped>, { signals, trees }: Inputs['feeds'][number]): string => {
  const own = [
    ...Object.entries(signals).map(([name, x]) => `${JSON.stringify(name)}: ${number(x[0] as number)}`),
    ...Object.entries(trees).map(([name, x]) => `${JSON.stringify(name)}: ${written(tree, x)}`),
  ]
  return own.length > 0 ? `{ ${own.join(', ')} }` : ''
}

const step = (key: string | number): string =>
  typeof key === 'number' || /^\d+$/.test(key)
    ? `[${key}]`
    : /^[A-Za-z_$][\w$]*$/.test(key)
      ? `.${key}`
      : `[${JSON.stringify(key)}]`

/** Where element i of a tree stands: `.w[0][1]`. */
const place = (tree: Tree<Shaped>, i: number): string => {
  let from = 0
  for (const [path, { shape }] of treeEntries(tree)) {
    const size = shape.reduce((n, d) => n * d, 1)
    if (i < from + size) {
      let rest = i - from
      const indices = shape.map((_, axis) => {
        const stride = shape.slice(axis + 1).reduce((n, d) => n * d, 1)
        const index = Math.floor(rest / stride)
        rest %= stride
        return `[${index}]`
      })
      return path.map(step).join('') + indices.join('')
    }
    from += size
  }
  return ''
}

/** The first number in which two steps differ. */
const firstWrong = (expected: Numbers, found: Numbers | undefined): readonly [string, number] => {
  for (const [name, xs] of Object.entries(expected)) {
    const i = xs.findIndex((x, k) => found === undefined || !alike(x, found[name]?.[k] as number))
    if (i >= 0) return [name, i]
  }
  return ['u', 0]
}

/** Where the number stands that is wrong: what the test calls last, and what it looks at. */
const lookedAt = (rule: Rule, tree: Tree<Shaped>, name: string, i: number): string => {
  if (name === 'u') return `u${place(tree, i)}`
  if (name === 'w') return `made.params${place(tree, i)}`
  if (name === 'ahead') return `made.ahead${place(tree, i)}`
  const [path, slot] = treeEntries(rule.slots).find(([own]) => pathText(own, '') === name) ?? [[], undefined]
  const own =
    slot?.rank === 'cell' ? place(tree, i) : slot?.rank === 'leaf' ? treeEntries(tree)[i]?.[0].map(step).join('') : ''
  return `state${path.map(step).join('')}${own}`
}

/** The lines of the test: each step with its literal gradients, and the number that must come out. */
const body = (rule: Rule, { inputs, expected, found }: Apart): readonly string[] => {
  const { tree, params, feeds } = inputs
  const last = feeds.length - 1
  const [name, i] = firstWrong(expected[last] as Numbers, found[last])
  const usesStep = name === 'w' || name === 'ahead'
  const reads = needsParams(rule) || usesStep
  let [at, before] = [params, params]
  const calls = feeds.map((feed, t) => {
    const { u, w, ahead } = expected[t] as Numbers
    const extra = extraText(tree, feed)
    const given = [written(tree, feed.grads), 'state', ...(reads ? [written(tree, at)] : extra ? ['undefined'] : [])]
    const stepped = usesStep
      ? [...given, extra || '{}', ...(ahead ? [written(tree, before)] : [])]
      : [...given, ...(extra ? [extra] : [])]
    at = w ?? at.map((p, k) => p + ((u as Float64Array)[k] as number))
    before = ahead ?? at
    if (usesStep) return [`made = step(${stepped.join(', ')})`, 'state = made.state']
    return [`;[u, state] = update(${stepped.join(', ')})`]
  })
  const value = (expected[last] as Numbers)[name]?.[i] as number
  return [
    `const { init, ${usesStep ? 'step' : 'update'} } = float64(tx)`,
    `let state = init(${written(tree, params)})`,
    usesStep ? 'let made' : 'let u',
    ...calls.flat(),
    `const [x, y] = [${lookedAt(rule, tree, name, i)}, ${number(value)}]`,
    "assert.ok(Object.is(x, y) || Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(y), 1e-6), x + ' is not ' + y)",
  ]
}

/** What tells a rule from another as a test of the first. `above`: comments. */
export const ruleAsTest = (rule: Rule, apart: Apart, title: string, above: readonly string[] = []): string =>
  [...above, `test(${JSON.stringify(title)}, () => {`, ...body(rule, apart).map((line) => `  ${line}`), '})'].join('\n')

/**
 * A mutant as a test that ends it, by `float64`, `assert` and `test` of any runner: the smallest input found, and the number that the rule makes
 * of it. Of a part of a form with stages by hand, the test is one of that part.
 */
export const asTest = ({ name, at, formula, meant, rule, whole }: Told): string => {
  const about = formula.split('\n').map((line) => `// mutant: ${line}`)
  const part = whole ? [] : [`// tx is the part ${meant.rule.name} alone.`]
  return ruleAsTest(meant.rule, smallestApart(meant, rule) as Apart, `${meant.rule.name}: ${name} (${at})`, [
    ...about,
    ...part,
  ])
}
