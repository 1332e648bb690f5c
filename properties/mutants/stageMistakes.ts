/** The mistakes that a person makes in a stage written on array operations: in one place of its code, which is known by where it is called from. */
import type { ArrayOps } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { constants, leftOut, swapped, valueText } from './mistakes.ts'

type Ops = ArrayOps<Shaped>
type Op = keyof Ops
type Call = (...args: readonly unknown[]) => unknown

/** A mistake at one operation: its words, and what is called in its place; nothing where the shapes do not allow it. */
interface StageMistake {
  readonly name: string
  readonly instead: (ops: Ops, args: readonly unknown[]) => Shaped | undefined
}

const sameShape = (x: Shaped, y: Shaped): boolean => x.shape.join() === y.shape.join()
const turned = (ops: Ops, x: Shaped): Shaped => ops.transpose(x, [1, 0])
const isSquare = ({ shape: [n, m] }: Shaped): boolean => n === m

/** The product where its shape is that which was asked for. */
const product = (ops: Ops, x: Shaped, y: Shaped, like: readonly [Shaped, Shaped]): Shaped | undefined => {
  const fits = x.shape[1] === y.shape[0] && x.shape[0] === like[0].shape[0] && y.shape[1] === like[1].shape[1]
  return fits ? ops.matMul(x, y) : undefined
}

const ofMatMul: readonly StageMistake[] = [
  {
    name: 'the sides of the product exchanged',
    instead: (ops, [x, y]) => product(ops, y as Shaped, x as Shaped, [x, y] as never),
  },
  {
    name: 'the first factor of the product transposed',
    instead: (ops, [x, y]) =>
      isSquare(x as Shaped) ? product(ops, turned(ops, x as Shaped), y as Shaped, [x, y] as never) : undefined,
  },
  {
    name: 'the second factor of the product transposed',
    instead: (ops, [x, y]) =>
      isSquare(y as Shaped) ? product(ops, x as Shaped, turned(ops, y as Shaped), [x, y] as never) : undefined,
  },
]

const others: { readonly [op in Op]?: readonly StageMistake[] } = {
  matMul: ofMatMul,
  transpose: [
    {
      name: 'the transposition left out',
      instead: (ops, [x, order]) =>
        sameShape(ops.transpose(x as Shaped, order as never), x as Shaped) ? (x as Shaped) : undefined,
    },
  ],
  where: [
    {
      name: 'the branches exchanged',
      instead: (ops, [test, yes, no]) => ops.where(test as Shaped, no as Shaped, yes as Shaped),
    },
  ],
  sum: [
    {
      name: 'a sum along the other axis',
      instead: (ops, [x, axes, keep]) => {
        const of = x as Shaped
        const [axis, ...rest] = axes as readonly number[]
        if (of.shape.length !== 2 || rest.length > 0 || !isSquare(of)) return undefined
        const made = ops.sum(of, [1 - (axis as number)], keep as boolean)
        return keep ? turned(ops, made) : made
      },
    },
  ],
}

/** The first operand where it has the shape of the whole. */
const alone = (ops: Ops, op: Op, [x, y]: readonly unknown[], which: 0 | 1): Shaped | undefined => {
  const kept = which === 0 ? x : y
  if (typeof kept === 'number') return undefined
  const made = (ops[op] as Call)(x, y) as Shaped
  return sameShape(made, kept as Shaped) ? (kept as Shaped) : undefined
}

const isSum = (op: Op): boolean => op === 'add' || op === 'sub'

const ofElementwise = (op: Op): readonly StageMistake[] => {
  const left = leftOut[op as keyof typeof leftOut]
  const neighbours = swapped[op as keyof typeof swapped] ?? []
  const word = isSum(op) ? 'term' : 'factor'
  const drops = ['add', 'sub', 'mul', 'div'].includes(op)
  return [
    ...(left ? [{ name: `${left} left out`, instead: (_: Ops, [x]: readonly unknown[]) => x as Shaped }] : []),
    ...neighbours.map((other) => ({
      name: `${other} for ${op}`,
      instead: (ops: Ops, args: readonly unknown[]) => (ops[other] as Call)(...args) as Shaped,
    })),
    ...(drops
      ? [
          {
            name: `the second ${word} left out`,
            instead: (ops: Ops, args: readonly unknown[]) => alone(ops, op, args, 0),
          },
          ...(isSum(op) || op === 'mul'
            ? [
                {
                  name: `the first ${word} left out`,
                  instead: (ops: Ops, args: readonly unknown[]) => alone(ops, op, args, 1),
                },
              ]
            : []),
        ]
      : []),
  ]
}

/** A coefficient taken for another. */
const ofNumber = (op: Op, x: number): readonly StageMistake[] =>
  constants(x).map((other) => ({
    name: `${valueText(other)} for ${valueText(x)}`,
    instead: (ops, [first]) => (ops[op] as Call)(first, other) as Shaped,
  }))

const mistakesOfCall = (op: Op, args: readonly unknown[]): readonly StageMistake[] => [
  ...(others[op] ?? ofElementwise(op)),
  ...(typeof args[1] === 'number' ? ofNumber(op, args[1]) : []),
]

/** A place in the code of a stage, and the mistake in it. */
export interface Wrong {
  readonly name: string
  /** Which call it is: `matMul 2`, the second place of that operation, in the order in which they were met. */
  readonly at: string
  readonly site: string
  readonly instead: StageMistake['instead']
}

/** The calls that led here, the last first; as they stand in the code that runs, which V8 says many times sooner than where it was written. */
const calls = (): readonly string[] => {
  const { prepareStackTrace, stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = 4
    Error.prepareStackTrace = (_, sites) =>
      sites.map((site) => `${site.getFileName()}:${site.getLineNumber()}:${site.getColumnNumber()}`)
    const stack = new Error().stack as unknown
    return Array.isArray(stack) ? stack : String(stack).split('\n')
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit })
  }
}

/** Where an operation was called from: behind `calls`, this, and what stands in the operation's place; a bundle has no names of files. */
const siteOf = (op: Op): string => `${op} ${calls()[3]}`

const wrapped = (ops: Ops, on: (op: Op, site: string, args: readonly unknown[]) => unknown): Ops =>
  new Proxy(ops, {
    get: (target, key) => {
      const call = target[key as Op] as unknown
      if (typeof call !== 'function') return call
      return (...args: readonly unknown[]) => on(key as Op, siteOf(key as Op), args)
    },
  })

/** Operations that note every place that they are called from, and the mistakes that are made there. */
export const noting = (ops: Ops, found: Map<string, Wrong[]>, counts: Map<Op, number>): Ops =>
  wrapped(ops, (op, site, args) => {
    if (!found.has(site)) {
      const nth = (counts.get(op) ?? 0) + 1
      counts.set(op, nth)
      found.set(
        site,
        mistakesOfCall(op, args).map(({ name, instead }) => ({ name, at: `${op} ${nth}`, site, instead })),
      )
    }
    return (ops[op] as Call)(...args)
  })

/** Operations with one mistake in them; `made` hears each time that shapes allow it. */
export const mistakenOps = (ops: Ops, { site, instead }: Wrong, made: () => void): Ops =>
  wrapped(ops, (op, at, args) => {
    const wrong = at === site ? instead(ops, args) : undefined
    if (wrong) made()
    return wrong ?? (ops[op] as Call)(...args)
  })
