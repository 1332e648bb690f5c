/** Every function of every face, called with nonsense at every place: a value or a ForegradError with a path comes of it, and nothing is left. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as arrays from '../../lib/arrays.ts'
import * as checkpoint from '../../lib/checkpoint.ts'
import '../../lib/gradients.ts'
import { isBranch } from '../../lib/data/branch.ts'
import { isTransformation as isTransformationOf } from '../../lib/form/transformation.ts'
import * as index from '../../lib/index.ts'
import * as jaxjs from '../../lib/jaxjs.ts'
import * as node from '../../lib/node.ts'
import * as python from '../../lib/python.ts'
import * as properties from '../index.ts'
import { nonsense, thrownByUser, tooDeep } from './nonsense.ts'

type Any = (...args: unknown[]) => unknown

/** What the walk does not call: it would open or close what the tests run on, or is called by the library alone, with what a leaf is. */
const passedOver = new Set(['useBackend', 'releaseBackend', 'convolutionMask', 'inTurn', 'cellwise', 'leafwise'])

const isClass = (x: unknown): boolean => typeof x === 'function' && String(x).startsWith('class')
const functionsOf = (face: object, prefix = ''): [string, Any][] =>
  Object.entries(face).flatMap(([name, x]) => {
    if (passedOver.has(name) || isClass(x)) return []
    if (name === 'expr' || name === 'arrayOps') return functionsOf(x as object, `${name}.`)
    return typeof x === 'function' ? [[`${prefix}${name}`, x as Any]] : []
  })

/** Each function once, whichever faces show it. */
const faces = { foregrad: index, arrays, jaxjs, python, checkpoint, node, properties }
const everything = [
  ...new Map(
    Object.entries(faces).flatMap(([face, exports]) =>
      functionsOf(exports).map(([name, f]) => [f, `${face}: ${name}`] as const),
    ),
  ),
].map(([f, name]) => [name, f] as const)

/** The arguments of a call with nonsense `x` in it: alone, more than once, and behind or before what would be right. */
const callsWith = (make: () => unknown): (() => unknown[])[] => {
  const tree = () => ({ w: tf.scalar(1) })
  const loss =
    () =>
    (p: { w?: unknown } | null | undefined): tf.Tensor => {
      if (p?.w instanceof tf.Tensor && !p.w.isDisposed) return tf.square(p.w)
      throw new Error('thrown by the user')
    }
  const tx = index.adam(0.1)
  return [
    () => [make()],
    () => [make(), make()],
    () => [make(), make(), make()],
    () => [0.1, make()],
    () => [tx, make()],
    () => [tx, make(), make(), make()],
    () => [make(), tx],
    () => [tree(), make()],
    () => [loss(), make()],
    () => [loss(), tx, make()],
    () => [tx, 0.1, make()],
  ]
}

interface Told {
  readonly calls: number
  readonly raw: readonly string[]
}

const isTransformation = (x: unknown): x is { init: Any; update: Any } => isTransformationOf(x)

const isFunction = (x: unknown): boolean => typeof x === 'function'

const isTrainer = (x: unknown): x is { init: Any; step: Any } =>
  typeof x === 'object' &&
  x !== null &&
  ['init', 'step'].every((name) => isFunction((x as Record<string, unknown>)[name]))

/** Gives back every tensor in something, however deep it is. */
const giveBack = (x: unknown): void => {
  const seen = new Set<unknown>([tooDeep])
  const ahead = [x]
  while (ahead.length > 0) {
    const next = ahead.pop()
    if (seen.has(next)) continue
    seen.add(next)
    // In this order: to ask whether what cannot be looked at is a tensor would end in its own error.
    if (isBranch(next)) for (const child of Object.values(next)) ahead.push(child)
    else if (next instanceof tf.Tensor && !next.isDisposed) next.dispose()
  }
}

/** Calls a function with all nonsense, and then what it returned. */
const walk = async (f: Any): Promise<Told> => {
  let calls = 0
  const raw: string[] = []
  const attempt = async (where: string, give: () => unknown[], call: Any): Promise<unknown> => {
    calls++
    const before = tf.memory().numTensors
    const args = give()
    let made: unknown
    try {
      made = await call(...args)
    } catch (error) {
      const isTold = error instanceof index.ForegradError && error.faults[0]?.path
      if (!isTold && !thrownByUser(error)) raw.push(`${where}: ${error}`)
    }
    giveBack([args, made])
    const left = tf.memory().numTensors - before
    if (left !== 0) raw.push(`${where}: left ${left} tensors`)
    return made
  }
  await attempt('nothing', () => [], f)
  for (const [name, make] of Object.entries(nonsense)) {
    for (const [i, args] of callsWith(make).entries()) {
      const made = await attempt(`${name}, call ${i}`, args, f)
      if (isTransformation(made)) {
        const tree = () => ({ w: tf.scalar(1) })
        await attempt(`init(${name})`, () => [make()], made.init)
        await attempt(`update(${name})`, () => [make(), make(), make(), make()], made.update)
        await attempt(`update(…, ${name})`, () => [tree(), make(), tree(), make()], made.update)
      } else if (isTrainer(made)) {
        await attempt(`init(${name})`, () => [make()], made.init)
        await attempt(`step(${name})`, () => [make(), make()], made.step)
      } else if (typeof made === 'function') await attempt(`what it returned, of ${name}`, () => [make()], made as Any)
    }
  }
  return { calls, raw }
}

let calls = 0
const root = process.cwd()

/** What is written by a text that is taken for a path goes here. */
const folder = mkdtempSync(join(tmpdir(), 'foregrad-walk-'))
beforeAll(async () => {
  process.chdir(folder)
  await index.useBackend({ prefer: ['wasm', 'cpu'] })
})
afterAll(() => {
  process.chdir(root)
  rmSync(folder, { recursive: true, force: true })
  console.log(`${calls} calls of ${everything.length} functions with ${Object.keys(nonsense).length} kinds of nonsense`)
})

test.each(everything)('%s gives a value or an error with a path, whatever it is given', async (_, f) => {
  const said = console.warn
  console.warn = () => undefined
  try {
    const told = await walk(f)
    calls += told.calls
    expect(told.raw.slice(0, 5)).toEqual([])
  } finally {
    console.warn = said
  }
})
