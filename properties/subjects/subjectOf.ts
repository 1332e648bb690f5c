import * as tf from '@tensorflow/tfjs-core'
import { checkRunArgument, type Kind } from '../../lib/check/options.ts'
import { isRecord } from '../../lib/data/branch.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { describe, raise } from '../../lib/errors/error.ts'

/** Vectors by name: parameters, and gradients for them. */
export type Vectors = Readonly<Record<string, readonly number[]>>

/** A training of an optimizer, begun. */
export interface Training {
  /** The parameters after an update with these gradients, which may name their leaves in any order. */
  readonly step: (grads: Vectors) => Promise<Vectors>
  /** Gives back all that the training holds. */
  readonly end: () => void
}

/** An optimizer of any make, as something that can be trained with. */
export interface AnyOptimizer {
  readonly name: string
  readonly begin: (params: Vectors) => Training
  /** How many of its buffers are alive; 0 where nobody counts. */
  readonly alive: () => number
  /** The relative distance that its arithmetic may be off: 1e-9 for float64, 1e-4 for float32. */
  readonly tolerance: number
}

/** A plain function, whose state is undefined at first. */
export interface PlainStep<S> {
  readonly name: string
  readonly step: (
    params: Vectors,
    grads: Vectors,
    state: S | undefined,
  ) => { readonly params: Vectors; readonly state: S }
}

/** A pair of functions on some library's arrays, in the manner of optax: `update` answers what is to be added. */
export interface Updates<L, S> {
  readonly name: string
  readonly init: (params: Record<string, L>) => S
  readonly update: (grads: Record<string, L>, state: S, params: Record<string, L>) => readonly [Record<string, L>, S]
  readonly put: (numbers: readonly number[]) => L
  readonly get: (leaf: L) => ArrayLike<number> | Promise<ArrayLike<number>>
  readonly alive?: () => number
}

/** What makes an optimizer of tfjs: `() => tf.train.adam(0.1)`. */
export interface OfTfjs {
  readonly name: string
  readonly optimizer: () => tf.Optimizer
}

const mapVectors = <A, B>(record: Readonly<Record<string, A>>, f: (a: A, name: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, a]) => [name, f(a, name)]))

const ofStep = <S>({ name, step }: PlainStep<S>): AnyOptimizer => ({
  name,
  alive: () => 0,
  tolerance: 1e-9,
  begin: (start) => {
    let params = start
    let state: S | undefined
    return {
      step: async (grads) => {
        const made = step(params, grads, state)
        params = made.params
        state = made.state
        return params
      },
      end: () => undefined,
    }
  },
})

const ofUpdates = <L, S>({ name, init, update, put, get, alive = () => 0 }: Updates<L, S>): AnyOptimizer => ({
  name,
  alive,
  tolerance: 1e-4,
  begin: (start) => {
    let params = start
    let state = init(mapVectors(start, put))
    return {
      step: async (grads) => {
        const [updates, next] = update(mapVectors(grads, put), state, mapVectors(params, put))
        state = next
        const moved = Object.entries(params).map(async ([key, p]) => {
          const u = await get(updates[key] as L)
          return [key, p.map((x, i) => Math.fround(x + (u[i] as number)))] as const
        })
        params = Object.fromEntries(await Promise.all(moved))
        return params
      },
      end: () => undefined,
    }
  },
})

let trainings = 0

const ofTfjs = ({ name, optimizer }: OfTfjs): AnyOptimizer => ({
  name,
  alive: () => tf.memory().numTensors,
  tolerance: 1e-4,
  begin: (start) => {
    const own = `subject ${trainings++}`
    const made = optimizer()
    const variables = mapVectors(start, (numbers, key) => {
      const first = tf.tensor1d([...numbers], 'float32')
      const variable = tf.variable(first, true, `${own} ${key}`)
      first.dispose()
      return variable
    })
    return {
      step: async (grads) => {
        const entries = Object.entries(grads).map(
          ([key, g]) => [`${own} ${key}`, tf.tensor1d([...g], 'float32')] as const,
        )
        made.applyGradients(Object.fromEntries(entries))
        for (const [, g] of entries) g.dispose()
        const read = Object.entries(variables).map(async ([key, x]) => [key, [...(await x.data())]] as const)
        return Object.fromEntries(await Promise.all(read))
      },
      end: () => {
        made.dispose()
        for (const variable of Object.values(variables)) variable.dispose()
      },
    }
  },
})

/**
 * An optimizer of any make as a subject of `findings` and of `recordedBy`: a plain function `{ name, step }` of `(params, grads, state)`, a pair
 * `{ name, init, update, put, get }` on some library's arrays (jax-js, ours, your own), or `{ name, optimizer }`, a function that makes a
 * `tf.Optimizer`.
 *
 * Errors: `bad-argument` for anything else.
 *
 * @example subjectOf({ name: 'tf.train.adam', optimizer: () => tf.train.adam(0.1) })
 */
export const subjectOf = <L, S>(of: PlainStep<S> | Updates<L, S> | OfTfjs, ...excess: Excess): AnyOptimizer => {
  noExcess('subjectOf', excess)
  const given = (isRecord(of) ? of : {}) as Readonly<Record<string, unknown>>
  const has = (...keys: readonly string[]): boolean => keys.every((key) => typeof given[key] === 'function')
  const isKnown =
    typeof given.name === 'string' && (has('step') || has('optimizer') || has('init', 'update', 'put', 'get'))
  const expected = 'a name, and step, optimizer, or init, update, put and get'
  raise(
    'bad-argument',
    isKnown ? [] : [{ path: 'subjectOf', expected, got: describe(of) }],
    'All but the name are functions.',
  )
  const made = 'optimizer' in of ? ofTfjs(of) : 'step' in of ? ofStep(of) : ofUpdates(of)
  subjects.add(made)
  return made
}

const subjects = new WeakSet<object>()

const isSubject = (x: unknown): boolean => typeof x === 'object' && x !== null && subjects.has(x)
const subjectKind: Kind = { expected: 'what subjectOf makes', test: isSubject }

/** Checks that something is an optimizer that can be trained with. Errors: `bad-argument`. */
export const checkSubject = (where: string, x: unknown): void => checkRunArgument(`${where}: subject`, x, subjectKind)
