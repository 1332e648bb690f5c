/** What a program does, one instruction after another, as plain data. */
import fc from 'fast-check'
import type { BackendName } from '../../lib/hosts/tfjs/backend.ts'

/** The two trainings of a program. */
export const names = ['a', 'b'] as const
export type Name = (typeof names)[number]

/** The numbers of one tree, leaf by leaf, row by row. */
export type Flat = readonly number[]

/** The shapes of the leaves of every tree of a program. */
export const shapes = { w: [2, 2], b: [2] } as const
export const size = 6

/** What a step is given. */
export interface Given {
  readonly grads: Flat
  readonly signals: Readonly<Record<string, number>>
  readonly trees: Readonly<Record<string, Flat>>
}

export type Instruction =
  /** A training is begun, or begun anew, from its first parameters. */
  | { readonly do: 'begin'; readonly of: Name }
  | { readonly do: 'step'; readonly of: Name; readonly donate: boolean; readonly given: Given }
  /** Written as plain data; `restore` goes on from what was written last. */
  | { readonly do: 'save' | 'restore'; readonly of: Name }
  /** Goes on from its parameters under the same optimizer on matrices alone, and from there under the whole one. */
  | { readonly do: 'mask'; readonly of: Name }
  /** Goes on from where the other training is: by the same tensors, or by clones of them. */
  | { readonly do: 'share'; readonly of: Name; readonly parts: 'all' | 'params'; readonly by: 'handle' | 'clone' }
  | { readonly do: 'dispose'; readonly of: Name }
  /** What the updates of both are multiplied by from now on. */
  | { readonly do: 'rate'; readonly rate: number }
  | { readonly do: 'backend'; readonly backend: BackendName }

/** How a program begins. */
export interface Setting {
  /** The first parameters of each training. */
  readonly starts: Readonly<Record<Name, Flat>>
  /** Whether the updates are multiplied by a rate. */
  readonly rated: boolean
}

/** What the programs of an optimizer are made of. */
export interface Kinds {
  readonly backends: readonly BackendName[]
  readonly signals: readonly string[]
  readonly trees: readonly string[]
  readonly rates: boolean
  readonly masks: boolean
}

/** Eighths are exact in float32, and short in print; they shrink to 0. */
const numbers: fc.Arbitrary<Flat> = fc.array(
  fc.integer({ min: -16, max: 16 }).map((eighths) => eighths / 8),
  { minLength: size, maxLength: size },
)

const byName = <A>(keys: readonly string[], value: fc.Arbitrary<A>): fc.Arbitrary<Readonly<Record<string, A>>> =>
  fc.record(Object.fromEntries(keys.map((key) => [key, value]))) as fc.Arbitrary<Record<string, A>>

export const settings = ({ rates }: Kinds): fc.Arbitrary<Setting> =>
  fc.record({ starts: fc.record({ a: numbers, b: numbers }), rated: rates ? fc.boolean() : fc.constant(false) })

const name = fc.constantFrom(...names)
const one = <I extends Instruction['do']>(it: I): fc.Arbitrary<I> => fc.constant(it)

/** Instructions, steps the most of them. */
export const instructions = ({ backends, signals, trees, rates, masks }: Kinds): fc.Arbitrary<Instruction>[] => {
  const given = fc.record({
    grads: numbers,
    signals: byName(signals, fc.constantFrom(0, 1)),
    trees: byName(trees, numbers),
  })
  const step: fc.Arbitrary<Instruction> = fc.record({ do: one('step'), of: name, donate: fc.boolean(), given })
  return [
    ...Array.from({ length: 6 }, () => step),
    fc.record({ do: one('begin'), of: name }),
    fc.record({ do: one('save'), of: name }),
    fc.record({ do: one('restore'), of: name }),
    fc.record({
      do: one('share'),
      of: name,
      parts: fc.constantFrom('all' as const, 'params' as const),
      by: fc.constantFrom('clone' as const, 'handle' as const),
    }),
    fc.record({ do: one('dispose'), of: name }),
    ...(masks ? [fc.record({ do: one('mask'), of: name })] : []),
    ...(rates ? [fc.record({ do: one('rate'), rate: fc.constantFrom(0, 0.5, -1, 2) })] : []),
    ...(backends.length > 1 ? [fc.record({ do: one('backend'), backend: fc.constantFrom(...backends) })] : []),
  ]
}
