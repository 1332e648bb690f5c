/** Values that somebody may give by mistake, to any function at any place. */
import * as tf from '@tensorflow/tfjs-core'

const cycle: Record<string, unknown> = {}
cycle.child = cycle

/** A record with so many levels that whoever walks it by calling itself runs out of stack. */
const deep = (levels: number): unknown => {
  let made: unknown = {}
  for (let i = 0; i < levels; i++) made = { child: made }
  return made
}

/** It holds no tensor. */
export const tooDeep = deep(10_000)

const withHoles = (): unknown[] => {
  const list: unknown[] = [1]
  list[3] = 2
  return list
}

const withoutPrototype = (): object => Object.assign(Object.create(null), { a: 1 })

class Thing {
  readonly field = 1
}

/** What cannot even be looked at. */
const hostile = new Proxy(
  {},
  {
    get: (_, key) => {
      if (typeof key === 'symbol') return undefined
      throw new Error('hands off')
    },
  },
)

const disposed = (): tf.Tensor => {
  const tensor = tf.tensor1d([1, 2])
  tensor.dispose()
  return tensor
}

const rejected = (): Promise<never> => {
  const promise = Promise.reject(new Error('rejected'))
  promise.catch(() => undefined)
  return promise
}

/** True for what nonsense itself throws, or a class that is called as a function; and for what the system says of a file. */
export const thrownByUser = (error: unknown): boolean =>
  error instanceof Error &&
  (['thrown by the user', 'rejected', 'hands off'].includes(error.message) ||
    error.message.startsWith('Class constructor Thing') ||
    (error as Error & { readonly code?: unknown }).code === 'ENOENT')

/** Each by its name, made anew for every call. */
export const nonsense: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  zero: () => 0,
  'minus one': () => -1,
  half: () => 0.5,
  NaN: () => Number.NaN,
  infinity: () => Number.POSITIVE_INFINITY,
  'a text': () => 'x',
  'an empty text': () => '',
  'a member of Object.prototype': () => 'constructor',
  'a symbol': () => Symbol('x'),
  'a bigint': () => 10n,
  true: () => true,
  'a list': () => [],
  'a list of null': () => [null],
  'a record': () => ({}),
  'a record of null': () => ({ a: null }),
  'a record with __proto__': () => JSON.parse('{ "__proto__": 1, "constructor": 2 }'),
  'a record without prototype': withoutPrototype,
  'a map': () => new Map([['a', 1]]),
  'a date': () => new Date(Number.NaN),
  'a class': () => Thing,
  'an object of a class': () => new Thing(),
  'a function': () => () => undefined,
  'a function that throws': () => () => {
    throw new Error('thrown by the user')
  },
  'an arrow that answers null': () => () => null,
  'a promise': () => Promise.resolve(1),
  'a rejected promise': rejected,
  'a typed array': () => Float32Array.of(1, Number.NaN),
  'a cycle': () => cycle,
  'a record of 10,000 levels': () => tooDeep,
  'a list with holes': withHoles,
  'a frozen record': () => Object.freeze({ a: 1 }),
  'a disposed tensor': disposed,
  'what looks like a transformation': () => ({ form: 1, init: 1, update: 1 }),
  'what cannot be looked at': () => hostile,
}
