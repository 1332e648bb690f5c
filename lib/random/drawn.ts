/** Trees of normal numbers that a rule draws itself: an input like one given by name, with what fills it where nobody gives it. */

import { sizeOf } from '../data/shape.ts'
import { drawnByHand } from '../errors/keys.ts'
import { type Expr, type Input, input, type LeafInfo } from '../expr/expr.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import type { FindDraws, Program } from '../rule/program.ts'
import { type HostCalls, hostNumber } from '../rule/tape.ts'
import type { Key } from './key.ts'
import { normals } from './normals.ts'

/** What a run knows when it draws. `extras`: the trees that were given by name. */
export interface DrawGiven<B> {
  readonly bound: { readonly layout: { readonly leaves: readonly LeafInfo[] } }
  readonly extras: Readonly<Record<string, readonly B[]>>
  readonly slots: readonly unknown[]
  readonly signals: Readonly<Record<string, number>>
}

/** The trees given by name, and beside them those that were drawn, which the run gives back. */
export type FillDraws = <B extends Shaped>(
  program: Program,
  given: DrawGiven<B>,
  calls: HostCalls,
  host: Host<B>,
) => { readonly extras: Readonly<Record<string, readonly B[]>>; readonly giveBack: () => void }

const find: FindDraws = (nodes) => {
  const drawn = nodes.filter((node): node is Input => node.kind === 'input' && node.drawn !== undefined)
  return drawn.map((node, i) => ({ node, read: input('extra', i === 0 ? node.name : `${node.name}${i + 1}`, 'cell') }))
}

const fill: FillDraws = ({ draws, slots: placed }, { bound, extras, slots, signals }, calls, host) => {
  const number = (node: Input): number =>
    node.source === 'signal'
      ? (signals[node.name] ?? (node.absent as number))
      : (slots[placed.findIndex(({ name }) => name === node.name)] as number)
  const drawn = draws.filter(({ node }) => !extras[node.name])
  const made = drawn.map(({ node: { drawn: of } }) => {
    const step = of ? hostNumber(of.count, { number, calls }) : 0
    return bound.layout.leaves.map(({ shape }, leaf) => {
      const numbers = normals(of?.key as Key, sizeOf(shape), { step, leaf })
      return host.ops?.make(Float64Array.from(numbers), shape) as never
    })
  })
  const given = draws.map(({ node, read }) => [read.name, extras[node.name] ?? []] as const)
  const own = drawn.map(({ read }, i) => [read.name, made[i] ?? []] as const)
  return {
    extras: { ...extras, ...Object.fromEntries([...given, ...own]) } as typeof extras,
    giveBack: () => {
      for (const leaf of made.flat()) host.engine().dispose(leaf)
    },
  }
}

/**
 * A normal number an element, of mean 0 and deviation 1: the tree that the caller gives by this name, or where there is none
 * `normals(key, size, { step: count, leaf })` for every leaf: the same numbers on every engine.
 */
export const drawnNormal = (name: string, key: Key, count: Expr<'step'>): Expr<'cell'> => {
  const at = (other: Expr<'step'>): Expr => drawnNormal(name, key, other)
  return input('extra', name, 'cell', { drawn: { key, count, at, find, fill }, advice: drawnByHand(name) })
}
