/** Rows of the catalogue as Python runs them, and what float64 makes of the same. */
import { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeEntries, treeMap } from '../../lib/data/tree.ts'
import { snakeCase } from '../../lib/python/names.ts'
import { toOptax } from '../../lib/python.ts'
import type { Row } from '../catalogue.ts'
import { lawSubject } from '../laws/subject.ts'
import { machine, numberWorld } from '../laws/world.ts'

/** Its keys are not in the order in which JAX sorts them. */
export const shapes = { layer: { w: [8, 4], b: [4] }, list: [[4], []] }

/** Of a square no product of gradients has eigenvectors that are free, as those of 0 are. */
const square = { ...shapes, layer: { w: [4, 4], b: [4] } }

/** What a row is printed for where it runs. */
const shapesOf = (name: string): typeof shapes => (/soap/i.test(name) ? square : shapes)

/** Numbers between −1 and 1 that are exact in float32, the same on every run. */
const numbers = (seed: number) => {
  let x = seed
  return (): number => {
    x = (Math.imul(x, 1664525) + 1013904223) | 0
    return Math.fround((x >> 8) / 2 ** 23)
  }
}

class Sizes {
  readonly sizes: readonly number[]
  constructor(sizes: readonly number[]) {
    this.sizes = sizes
  }
}

const treeOf = ({ layer: { w, b }, list }: typeof shapes): Tree<Sizes> => ({
  layer: { w: new Sizes(w), b: new Sizes(b) },
  list: list.map((sizes) => new Sizes(sizes)),
})

const filledLike = (like: Tree<Sizes>, next: () => number): Tree<NdArray> =>
  treeMap<Sizes, NdArray>(like, ({ sizes }) => {
    const size = sizes.reduce((n, d) => n * d, 1)
    return new NdArray(Float64Array.from({ length: size }, next), [...sizes])
  })

interface Given {
  readonly grads: Tree<NdArray>
  readonly trees: Readonly<Record<string, Tree<NdArray>>>
  readonly signals: Readonly<Record<string, number>>
}

/** What a row is run on. */
export interface Run {
  readonly row: Row
  readonly text: string
  readonly params: Tree<NdArray>
  readonly steps: readonly Given[]
}

/** How many steps each row takes. */
export const count = 30

export const runOf = (row: Row): Run => {
  const tx = row.make()
  const { signals, extraTrees } = lawSubject(row.name, tx)
  const params = shapesOf(row.name)
  const like = treeOf(params)
  const filled = (next: () => number): Tree<NdArray> => filledLike(like, next)
  const next = numbers(row.name.length * 7919 + 17)
  const text = toOptax(tx, { params })
  const known = new Set([...signals, ...extraTrees].map(snakeCase))
  const needed = keywordsOf(text, 'update', 'None')
    .filter((word) => !known.has(word))
    .map(camelCase)
  const steps = Array.from({ length: count }, (): Given => {
    const grads = filled(next)
    const trees = Object.fromEntries(extraTrees.map((name) => [name, filled(next)]))
    const numbers = signals.map((name) => [name, Math.abs(next())])
    // What an array stage must be given by name, the graph of the rules does not know.
    const others = needed.map((name) => [name, next() > 0 ? 1 : 0])
    return { grads, trees, signals: Object.fromEntries([...numbers, ...others]) }
  })
  return { row, text, params: filled(next), steps }
}

const renamed = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([name, x]) => [snakeCase(name), x]))

const plain = (tree: Tree<NdArray>): unknown =>
  treeMap(tree, ({ shape, data }) => ({ shape, data: [...data] }) as never)

const camelCase = (word: string): string => word.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** The names of keyword arguments of a function of the text, those with this default. */
const keywordsOf = (text: string, name: string, absent = '[^,)]+'): readonly string[] => {
  const [, head = ''] = text.match(new RegExp(`^def ${name}\\(([\\s\\S]*?)\\) -> Any:`, 'm')) ?? []
  const [, named = ''] = head.split(/\*,/)
  return [...named.matchAll(new RegExp(`(\\w+): Any = ${absent}(?=[,)\\s]|$)`, 'g'))]
    .map(([, word]) => word as string)
    .filter((word) => word !== 'extra')
}

/** As run.py takes it. */
export const asked = ({ row, text, params, steps }: Run): unknown => {
  const [trees, given] = [steps[0]?.trees ?? {}, steps[0]?.signals ?? {}].map((named) =>
    Object.keys(renamed(named as never)),
  ) as [string[], string[]]
  const [update, step] = [keywordsOf(text, 'update'), keywordsOf(text, 'step')]
  const split = (names: readonly string[]) => [
    names.filter((name) => trees.includes(name)),
    names.filter((name) => given.includes(name)),
  ]
  const [updateTrees, updateSignals] = split(update)
  const [stepTrees, stepSignals] = split(step)
  return {
    name: row.name,
    text,
    params: plain(params),
    steps: steps.map((given) => ({
      grads: plain(given.grads),
      trees: Object.fromEntries(Object.entries(renamed(given.trees)).map(([name, tree]) => [name, plain(tree)])),
      signals: renamed(given.signals),
    })),
    ...{ updateTrees, updateSignals, stepTrees, stepSignals },
    keepsAhead: /^def step\([^)]*\bahead: Any = None/m.test(text),
  }
}

/** What run.py writes of a row. */
export interface Made {
  readonly numbers: Readonly<Record<string, readonly number[]>>
  /** Arrays shaped as a matrix of parameters that do not lie in shards as it does. */
  readonly whole: number
  readonly gathers: number
  readonly error?: string
}

/** The numbers of all steps by float64: of `0`, the parameters, and of `1`, the places ahead, each leaf by its path. */
export const meant = ({ row, text, params, steps }: Run): Map<string, number[]> => {
  const own = machine(row.make().form, numberWorld)
  const found = new Map<string, number[]>()
  const keep = (key: string, tree: Tree<NdArray>): void => {
    for (const [path, { data }] of treeEntries(tree)) {
      const name = [key, ...path].join('/')
      found.set(name, [...(found.get(name) ?? []), ...data])
    }
  }
  const hasStep = /^def step\(/m.test(text)
  let now: { params: Tree<NdArray>; state: unknown; ahead?: Tree<NdArray> | undefined } = {
    params,
    state: own.init(params),
  }
  for (const { grads, trees, signals } of steps) {
    const made = own.lookahead(
      grads,
      now.state,
      now.params,
      { ...trees, ...signals },
      { ahead: now.ahead, donate: false },
    )
    now = { params: made.params as Tree<NdArray>, state: made.state, ahead: made.ahead }
    keep('0', now.params)
    // Where no forecast is made, `step` says the parameters.
    const ahead = made.ahead ?? (hasStep ? now.params : undefined)
    if (ahead) keep('1', ahead)
  }
  return found
}

/** The largest distance between what was made and what was meant, as a share of the largest number of its leaf, or of 1. */
export const distance = (
  made: Readonly<Record<string, readonly (number | string)[]>>,
  wanted: ReadonlyMap<string, readonly number[]>,
): number => {
  let most = Object.keys(made).sort().join() === [...wanted.keys()].sort().join() ? 0 : Number.POSITIVE_INFINITY
  for (const [name, numbers] of wanted) {
    const scale = numbers.reduce((m, x) => (Number.isFinite(x) ? Math.max(m, Math.abs(x)) : m), 1)
    numbers.forEach((x, i) => {
      const y = Number(made[name]?.[i] ?? 'nothing')
      if (Object.is(x, y) || x === y) return
      most = Math.max(most, Number.isFinite(x - y) ? Math.abs(x - y) / scale : Number.POSITIVE_INFINITY)
    })
  }
  return most
}
