/** A program played on tfjs, held against the model after every instruction. */
import * as tf from '@tensorflow/tfjs-core'
import { isBranch } from '../../lib/data/branch.ts'
import { NdArray } from '../../lib/data/ndArray.ts'
import { pathText } from '../../lib/data/path.ts'
import { type Tree, treeEntries, treeMap } from '../../lib/data/tree.ts'
import { ForegradError } from '../../lib/errors/error.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import { useBackend } from '../../lib/hosts/tfjs/backend.ts'
import { dispose } from '../../lib/hosts/tfjs/dispose.ts'
import { fromData } from '../../lib/hosts/tfjs/fromData.ts'
import { step } from '../../lib/hosts/tfjs/step.ts'
import { toDataAsync } from '../../lib/hosts/tfjs/toData.ts'
import { Apart, agree } from '../fuzz/agree.ts'
import { Broken } from '../laws/law.ts'
import { sameStructure } from '../laws/same.ts'
import { get, put, tensorWorld } from '../laws/world.ts'
import { type Flat, type Given, type Instruction, type Name, names, shapes } from './instruction.ts'
import { type Held, type Model, type Numbers, other, ownParts, parts, type Which } from './model.ts'
import { numberText, placeText, tensorsText } from './text.ts'

type Tensors = Tree<tf.Tensor>

/** The trees of a training; of one that is lost, those that are gone. */
interface Trees {
  readonly params: Tensors
  readonly state: unknown
}

/** What is played: the optimizer, and the same on matrices alone. */
export interface Players {
  readonly tx: Readonly<Record<Which, GradientTransformation>>
  /** True where part of it is written by hand. */
  readonly byHand: boolean
  readonly rated: boolean
}

/** What a program holds on tfjs, and its lines as far as it was played. */
export interface Stage {
  readonly players: Players
  readonly lines: string[]
  readonly trees: Partial<Record<Name, Trees>>
  readonly saved: Partial<Record<Name, string>>
  /** Tensors that were alive before. */
  readonly before: number
}

export const stageOf = (players: Players): Stage => ({
  players,
  lines: ['const before = tf.memory().numTensors'],
  trees: {},
  saved: {},
  before: tf.memory().numTensors,
})

const world = tensorWorld()
const numbersOf = (tree: unknown): Promise<Tree<NdArray>> => get(world, tree)

const arraysOf = (flat: Flat): Tree<NdArray> => ({
  w: new NdArray(Float64Array.from(flat.slice(0, 4)), [...shapes.w]),
  b: new NdArray(Float64Array.from(flat.slice(4)), [...shapes.b]),
})
const tensorsOf = (flat: Flat): Tensors => put(world, arraysOf(flat)) as Tensors

/** A number that is not what it was: where, and both. */
const changed = (found: unknown, expected: unknown) => {
  const others = new Map(treeEntries(expected as Tree<unknown>).map(([path, leaf]) => [pathText(path, ''), leaf]))
  for (const [path, leaf] of treeEntries(found as Tree<unknown>)) {
    const at = pathText(path, '')
    const [xs, ys] = [leaf, others.get(at)].map((x) => (x instanceof NdArray ? x.data : [x as number]))
    const element = Array.from(xs ?? []).findIndex((x, i) => !Object.is(x, ys?.[i]))
    if (element >= 0)
      return { at, element, leaf: leaf as NdArray | number, x: xs?.[element] as number, y: ys?.[element] as number }
  }
  return undefined
}

/** Throws unless a tree still holds these numbers, bit for bit; the line that says so is the program's last. */
const unchanged = async ({ lines }: Stage, root: string, tree: unknown, expected: unknown): Promise<void> => {
  const found = await numbersOf(tree)
  sameStructure(root, found, expected)
  const difference = changed(found, expected)
  if (!difference) return
  const { at, element, leaf, x, y } = difference
  lines.push(`assert.ok(Object.is(${placeText(root, at, element, leaf)}, ${numberText(y)})) // it is ${numberText(x)}`)
  throw new Broken(`${root} ${at}, element ${element}: ${x}, and nothing but a step of its own may change it from ${y}`)
}

const tensorsIn = (tree: unknown, found = new Set<tf.Tensor>()): Set<tf.Tensor> => {
  if (tree instanceof tf.Tensor) found.add(tree)
  else if (isBranch(tree)) for (const child of Object.values(tree)) tensorsIn(child, found)
  return found
}

const countIs = ({ lines, before }: Stage, expected: number, what: string): void => {
  const found = tf.memory().numTensors - before
  if (found === expected) return
  lines.push(`assert.equal(tf.memory().numTensors - before, ${expected}) // it is ${found}`)
  throw new Broken(`${found} tensors are alive, where ${what} ${expected}`)
}

/** Holds what no instruction may touch against the model: the numbers of both trainings, and how many tensors there are. */
const settled = async (model: Model, stage: Stage): Promise<void> => {
  const alive = new Set<tf.Tensor>()
  for (const name of names) {
    const training = model.trainings[name]
    if (training.kind !== 'held') continue
    const { params, state } = stage.trees[name] as Trees
    await unchanged(stage, name, { params, state }, training.numbers)
    tensorsIn([params, state], alive)
  }
  countIs(stage, alive.size, 'the trainings hold')
}

const whichText = ({ players }: Stage, which: Which): string =>
  which === 'masked' ? 'onMatrices' : players.rated ? 'rated' : 'tx'

/** Gives back what a training holds alone. */
const drop = (model: Model, { lines, trees }: Stage, of: Name, wanted: readonly (keyof Numbers)[] = parts): void => {
  const own = ownParts(model, of).filter((part) => wanted.includes(part))
  if (own.length === 0) return
  const texts = own.map((part) => `${of}.${part}`)
  lines.push(`dispose(${texts.length > 1 ? `[${texts.join(', ')}]` : texts[0]})`)
  dispose(own.map((part) => trees[of]?.[part]))
}

const hold = async (model: Model, stage: Stage, of: Name, trees: Trees, held: Partial<Held>): Promise<void> => {
  stage.trees[of] = trees
  const numbers = held.numbers ?? ((await numbersOf({ ...trees })) as unknown as Numbers)
  model.trainings[of] = {
    kind: 'held',
    which: held.which ?? 'whole',
    numbers,
    tokens: held.tokens ?? { params: {}, state: {} },
  }
}

/** Begins with parameters that are there. */
const begin = (stage: Stage, of: Name, which: Which, params: Tensors, text: string): Trees => {
  stage.lines.push(`${of} = start(${whichText(stage, which)}, ${text})`)
  return { params, state: stage.players.tx[which].init(params as never) }
}

const begun = async (model: Model, stage: Stage, of: Name): Promise<void> => {
  const start = model.setting.starts[of]
  drop(model, stage, of)
  await hold(model, stage, of, begin(stage, of, 'whole', tensorsOf(start), tensorsText(start)), {})
}

const extraText = (rated: boolean, { signals, trees }: Given): string => {
  const own = [
    ...(rated ? ['rate'] : []),
    ...Object.entries(signals).map(([name, x]) => `${JSON.stringify(name)}: ${x}`),
    ...Object.entries(trees).map(([name, flat]) => `${JSON.stringify(name)}: ${tensorsText(flat)}`),
  ]
  return own.length > 0 ? `{ ${own.join(', ')} }` : ''
}

/** What a step is given on tfjs, and its lines. */
const givenTo = ({ players, lines }: Stage, model: Model, given: Given) => {
  const text = extraText(players.rated, given)
  lines.push(`grads = ${tensorsText(given.grads)}`)
  if (text) lines.push(`extra = ${text}`)
  const grads = tensorsOf(given.grads)
  const trees = Object.entries(given.trees).map(([name, flat]) => [name, tensorsOf(flat)])
  const extra = { ...(players.rated && { rate: model.rate }), ...given.signals, ...Object.fromEntries(trees) }
  return { grads, extra, texts: text ? ['grads', 'extra'] : ['grads'] }
}

const callText = (of: Name, donate: boolean, extra: boolean): string => {
  const options = [...(donate ? ['donate: true'] : []), ...(extra ? ['extra'] : [])]
  const last = options.length > 0 ? `, { ${options.join(', ')} }` : ''
  return `step(${of}.tx, grads, ${of}.state, ${of}.params${last})`
}

type StepOf = Instruction & { readonly do: 'step' }

/** A step of a training whose trees are gone: it says so, and does nothing. */
const refused = (model: Model, stage: Stage, { of, donate, given }: StepOf): void => {
  const { which, code } = model.trainings[of] as Held & { readonly code: string }
  const { params, state } = stage.trees[of] as Trees
  const { grads, extra, texts } = givenTo(stage, model, given)
  stage.lines.push(`assert.throws(() => ${callText(of, donate, texts.length > 1)}, { code: '${code}' })`)
  let told: unknown
  try {
    step(stage.players.tx[which], grads as never, state, params as never, { donate, extra })
  } catch (error) {
    told = error
  }
  if (!(told instanceof ForegradError && told.code === code))
    throw new Broken(`a step of ${of}, whose trees are gone: expected the error '${code}', got ${told ?? 'a result'}`)
  stage.lines.push(`dispose([${texts.join(', ')}])`)
  dispose([grads, extra])
}

const stepped = async (model: Model, stage: Stage, it: StepOf): Promise<void> => {
  const { of, donate, given } = it
  if (model.trainings[of].kind === 'none') await begun(model, stage, of)
  const training = model.trainings[of]
  if (training.kind !== 'held') return refused(model, stage, it)
  const { which, numbers, tokens } = training
  const { params, state } = stage.trees[of] as Trees
  const { grads, extra, texts } = givenTo(stage, model, given)
  stage.lines.push(`next = ${callText(of, donate, texts.length > 1)}`)
  const asked = (await numbersOf({ grads, extra })) as Readonly<Record<string, Tree<NdArray>>>
  const tx = stage.players.tx[which]
  const next = step(tx, grads as never, state, params as never, { donate, extra }) as unknown as Trees
  const found = (await numbersOf({ params: next.params, state: next.state })) as unknown as Numbers
  await unchanged(stage, 'grads', grads, asked.grads)
  if (texts.length > 1) await unchanged(stage, 'extra', extra, asked.extra)
  if (!donate) await unchanged(stage, of, { params, state }, numbers)
  try {
    agree(tx.form, 'step', stage.players.byHand, { ...asked, ...numbers } as never, found as never)
  } catch (error) {
    if (error instanceof Apart) {
      const { path, element, found: x, expected: y } = error
      const leaf = treeEntries(found as unknown as Tree<unknown>).find(([p]) => pathText(p) === path)?.[1]
      const by = Number.isFinite(x - y) ? Math.abs(x - y) / 2 : 0
      const at = placeText('next', path, element, leaf as NdArray | number)
      stage.lines.push(`near(${at}, ${numberText(y)}, ${by.toPrecision(2)}) // by float64; it is ${numberText(x)}`)
    }
    throw error
  }
  const own = donate ? [] : ownParts(model, of)
  stage.lines.push(`dispose([${[...texts, ...own.map((part) => `${of}.${part}`)].join(', ')}])`)
  dispose([grads, extra, own.map((part) => (stage.trees[of] as Trees)[part])])
  stage.lines.push(`${of} = { ...${of}, ...next }`)
  if (donate) consume(model, stage, other(of), tokens, isBranch(state))
  await hold(model, stage, of, next, { which, numbers: found })
}

/**
 * What a donated step does to a training that shares its tensors: they are no longer its own, and it ends. Only a shared state can tell the next step
 * of it so.
 */
const consume = (model: Model, stage: Stage, of: Name, tokens: Held['tokens'], tells: boolean): void => {
  const sharer = model.trainings[of]
  if (sharer.kind !== 'held' || parts.every((part) => sharer.tokens[part] !== tokens[part])) return
  drop(model, stage, of)
  const code = sharer.tokens.state === tokens.state && tells ? 'consumed-state' : undefined
  model.trainings[of] = { kind: 'lost', which: sharer.which, code }
}

const cloned = <A>(tree: A): A => treeMap(tree as Tree<unknown>, (x) => (x instanceof tf.Tensor ? tf.clone(x) : x)) as A

const shared = async (
  model: Model,
  stage: Stage,
  { of, parts: asked, by }: Instruction & { readonly do: 'share' },
): Promise<void> => {
  const from = other(of)
  const { which, numbers, tokens } = model.trainings[from] as Held
  const trees = stage.trees[from] as Trees
  drop(model, stage, of)
  model.trainings[of] = { kind: 'none' }
  const handle = by === 'handle'
  if (asked === 'all') {
    stage.lines.push(
      `${of} = ${handle ? `{ ...${from} }` : `{ ...${from}, ...cloned({ params: ${from}.params, state: ${from}.state }) }`}`,
    )
    const own = handle ? trees : cloned({ ...trees })
    return hold(model, stage, of, own, { which, numbers, ...(handle && { tokens }) })
  }
  const params = handle ? trees.params : cloned(trees.params)
  const made = begin(stage, of, 'whole', params, handle ? `${from}.params` : `cloned(${from}.params)`)
  return hold(model, stage, of, made, handle ? { tokens: { params: tokens.params, state: {} } } : {})
}

const masked = async (model: Model, stage: Stage, of: Name): Promise<void> => {
  const { which, tokens } = model.trainings[of] as Held
  const { params } = stage.trees[of] as Trees
  drop(model, stage, of, ['state'])
  const next = which === 'whole' ? 'masked' : 'whole'
  const made = begin(stage, of, next, params, `${of}.params`)
  await hold(model, stage, of, made, { which: next, tokens: { params: tokens.params, state: {} } })
}

const savedName = (of: Name): string => `saved${of.toUpperCase()}`

const saved = async (model: Model, stage: Stage, of: Name): Promise<void> => {
  const { which, numbers } = model.trainings[of] as Held
  const { params, state } = stage.trees[of] as Trees
  stage.lines.push(`${savedName(of)} = JSON.stringify(await toDataAsync({ params: ${of}.params, state: ${of}.state }))`)
  stage.saved[of] = JSON.stringify(await toDataAsync({ params, state } as never))
  model.saved[of] = { which, numbers }
}

const restored = async (model: Model, stage: Stage, of: Name): Promise<void> => {
  const { which, numbers } = model.saved[of] as Held
  drop(model, stage, of)
  stage.lines.push(`${of} = { tx: ${whichText(stage, which)}, ...fromData(JSON.parse(${savedName(of)})) }`)
  const trees = fromData<Trees>(JSON.parse(stage.saved[of] as string))
  await hold(model, stage, of, trees, { which, numbers })
}

const disposed = (model: Model, stage: Stage, of: Name): void => {
  const { which } = model.trainings[of] as Held
  drop(model, stage, of)
  model.trainings[of] = { kind: 'lost', which, code: 'disposed-tensor' }
}

const perform = async (model: Model, stage: Stage, it: Instruction): Promise<void> => {
  switch (it.do) {
    case 'begin':
      return begun(model, stage, it.of)
    case 'step':
      return stepped(model, stage, it)
    case 'save':
      return saved(model, stage, it.of)
    case 'restore':
      return restored(model, stage, it.of)
    case 'mask':
      return masked(model, stage, it.of)
    case 'share':
      return shared(model, stage, it)
    case 'dispose':
      return disposed(model, stage, it.of)
    case 'rate':
      stage.lines.push(`rate = ${it.rate}`)
      model.rate = it.rate
      return undefined
    case 'backend':
      stage.lines.push(`await useBackend({ prefer: ['${it.backend}'] })`)
      await useBackend({ prefer: [it.backend] })
  }
}

/** One instruction, and all that must hold after it. Throws `Broken`, or what the optimizer throws. */
export const play = async (model: Model, stage: Stage, it: Instruction): Promise<void> => {
  await perform(model, stage, it)
  await settled(model, stage)
}

/** The end of a program: everything is given back, and nothing is left. */
export const end = (model: Model, stage: Stage): void => {
  for (const name of names) {
    drop(model, stage, name)
    model.trainings[name] = { kind: 'none' }
  }
  countIs(stage, 0, 'all was given back and there should be')
}

/** Gives back what is known of a program that failed. */
export const abandon = ({ trees }: Stage): void => dispose(Object.values(trees))
