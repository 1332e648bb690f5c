/** Trees and train states as the bytes of a safetensors file, and back. */

import { checkRunOptions, type Kind, type Kinds } from '../check/options.ts'
import { hasOwn, isBranch, isRecord, own } from '../data/branch.ts'
import { type Excess, noExcess } from '../data/excess.ts'
import { NdArray } from '../data/ndArray.ts'
import { type Path, pathText } from '../data/path.ts'
import { deepestState, formFaults } from '../data/treeForm.ts'
import { describe, type Fault, raiseAs } from '../errors/error.ts'
import {
  badSkeleton,
  furtherStored,
  listOf,
  lostTensors,
  noBytes,
  noJson,
  ofType,
  otherCheckpoint,
  otherOptimizer,
  otherStored,
  savedWithoutTx,
  tooManyLevels,
} from '../errors/stores.ts'
import { type GradientTransformation, isTransformation } from '../form/transformation.ts'
import { show } from '../read/explain.ts'
import { readSafetensors, type Safetensors, type StoredTensor, safetensorsOf } from './safetensors.ts'
import { ruleFaults } from './sameRule.ts'
import { anyStorage, defaultStore, storeOf } from './stores.ts'
import { type Dtype, decodeValue, encodeValue, type Numbers, type ValueData } from './tensorData.ts'
import { checkStored } from './toData.ts'

type Transformation = GradientTransformation<never> | GradientTransformation

/** Options of `saveCheckpoint`. */
export interface SaveOptions {
  /** The optimizer whose state it is: its formulas are written down, for people, and for `loadCheckpoint` to refuse another. */
  readonly tx?: Transformation
  /** Texts of your own by name, such as the epoch; names that begin with `foregrad.` are taken. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** Options of `loadCheckpoint`. */
export interface LoadOptions<T = unknown> {
  /** A tree of the structure, shapes and dtypes that are wanted, such as a fresh train state. Leaves come back as this tree's are. */
  readonly like?: T
  /** The optimizer that goes on from here. */
  readonly tx?: Transformation
}

const transformation: Kind = { expected: 'a transformation', test: isTransformation }
const isTexts = (x: unknown): boolean => isRecord(x) && Object.values(x).every((text) => typeof text === 'string')
const isFree = (x: unknown): boolean => Object.keys(x as object).every((name) => !name.startsWith('foregrad.'))
const texts: Kind = {
  expected: 'a record of texts, with no name that begins with foregrad.',
  test: (x) => isTexts(x) && isFree(x),
}
const anything: Kind = { expected: 'a tree', test: () => true }
const saveKinds: Kinds<SaveOptions> = { tx: transformation, metadata: texts }
const loadKinds: Kinds<LoadOptions> = { tx: transformation, like: anything }

/** The name of a tensor: its path. */
const nameOf = (path: Path): string => {
  const text = pathText(path)
  return text === '__metadata__' ? "['__metadata__']" : text
}

/** The path of a child; at a place of an array its number. */
const below = (branch: object, path: Path, key: string): Path => [...path, Array.isArray(branch) ? Number(key) : key]

const isArray = (x: unknown): boolean => x instanceof NdArray || anyStorage.isArray(x)

/** A tree without its arrays, in whose places their names stand: what JSON can hold of it. */
type Skeleton =
  | null
  | number
  | string
  | boolean
  | ValueData
  | { readonly $tensor: string }
  | readonly Skeleton[]
  | { readonly [key: string]: Skeleton }

/** Takes the arrays out of a tree, each into `arrays` by its name. */
const takeApart = (x: unknown, path: Path, arrays: Map<string, unknown>): Skeleton => {
  if (isArray(x)) {
    const name = nameOf(path)
    arrays.set(name, x)
    return { $tensor: name }
  }
  if (!isBranch(x)) return encodeValue(x) ?? (x as Skeleton)
  const children = Object.entries(x).map(
    ([key, child]) => [key, takeApart(child, below(x, path, key), arrays)] as const,
  )
  return Array.isArray(x) ? children.map(([, child]) => child) : Object.fromEntries(children)
}

const dtypeOf = (x: unknown): Dtype => (x instanceof NdArray ? 'float64' : (storeOf(x)?.dtype(x) as Dtype))
const shapeOf = (x: unknown): readonly number[] => (x instanceof NdArray ? x.shape : (storeOf(x)?.shape(x) ?? []))

const readArray = async (x: unknown): Promise<StoredTensor> => ({
  dtype: dtypeOf(x),
  shape: shapeOf(x),
  numbers: x instanceof NdArray ? x.data : ((await storeOf(x)?.read(x)) as ArrayLike<number>),
})

/**
 * A tree, a state or a train state as the bytes of a safetensors file, on every host: tensors, arrays of `foregrad/arrays`, of jax-js, and
 * `ndarray`s. Nothing given is changed or consumed.
 *
 * A tensor's name is its path (`params.dense.w`, `state[0].mu.dense.w`), so that Python's `safetensors` reads the file by these names. Host
 * numbers and the structure are written into the metadata, and with `tx` its formulas. `loadCheckpoint` gives back the same, bit for bit.
 *
 * Errors: `bad-argument` for what is no state, with every place, and for unknown options.
 *
 * Source: the format of https://huggingface.co/docs/safetensors.
 */
export const saveCheckpoint = async (
  tree: unknown,
  options: SaveOptions = {},
  ...excess: Excess
): Promise<Uint8Array> => {
  noExcess('saveCheckpoint', excess)
  checkRunOptions('saveCheckpoint', options, saveKinds)
  checkStored(tree, anyStorage, 'saveCheckpoint: tree')
  const { tx, metadata = {} } = options
  const arrays = new Map<string, unknown>()
  const skeleton = takeApart(tree, [], arrays)
  const read = await Promise.all([...arrays.values()].map(readArray))
  const tensors = new Map([...arrays.keys()].map((name, i) => [name, read[i] as StoredTensor]))
  const ours = { 'foregrad.tree': JSON.stringify(skeleton), ...(tx && { 'foregrad.rule': show(tx) }) }
  return safetensorsOf({ tensors, metadata: { ...metadata, ...ours } })
}

const where = 'loadCheckpoint: bytes'

const skeletonOf = ({ tensors, metadata }: Safetensors): Skeleton | undefined => {
  const text = own(metadata, 'foregrad.tree')
  if (text === undefined) return undefined
  const refuse = (got: string): never => {
    throw badSkeleton(where, got)
  }
  let skeleton: Skeleton = null
  try {
    skeleton = JSON.parse(text as string)
  } catch {
    refuse(noJson)
  }
  if (formFaults(skeleton, [], where, deepestState).length > 0) refuse(tooManyLevels)
  const lost = namesIn(skeleton).filter((name) => !tensors.has(name))
  if (lost.length > 0) refuse(lostTensors(lost.slice(0, 5)))
  return skeleton
}

const isName = (x: unknown): x is { readonly $tensor: string } => hasOwn(x, '$tensor')
const isValue = (x: unknown): x is ValueData => hasOwn(x, '$value')

const namesIn = (x: unknown): string[] => {
  if (isName(x)) return [x.$tensor]
  return isBranch(x) ? Object.values(x).flatMap(namesIn) : []
}

const tensorText = (dtype: string, shape: readonly number[]): string => `${dtype} [${shape.join(', ')}]`
const storedText = (x: unknown, { tensors }: Safetensors): string => {
  if (x === undefined) return 'nothing'
  if (isName(x)) {
    const { dtype, shape } = tensors.get(x.$tensor) as StoredTensor
    return tensorText(dtype, shape)
  }
  return describe(isValue(x) ? decodeValue(x) : x)
}
const kindOf = (x: unknown): string => (Array.isArray(x) ? listOf(x.length) : describe(x))

/** Where a stored tree is not what is wanted: every difference, by path. */
const treeFaults = (like: unknown, x: unknown, path: Path, file: Safetensors): Fault[] => {
  const fault = (expected: string): Fault[] => [otherStored(pathText(path), expected, storedText(x, file))]
  if (isArray(like)) {
    // An `ndarray` holds the numbers of every dtype.
    const dtype =
      like instanceof NdArray && isName(x) ? (file.tensors.get(x.$tensor) as StoredTensor).dtype : dtypeOf(like)
    const wanted = tensorText(dtype, shapeOf(like))
    return isName(x) && storedText(x, file) === wanted ? [] : fault(wanted)
  }
  if (!isBranch(like)) {
    const value = isValue(x) ? decodeValue(x) : x
    return typeof value === typeof like && (value === null) === (like === null) ? [] : fault(ofType(typeof like))
  }
  if (!isBranch(x) || isName(x) || isValue(x) || Array.isArray(like) !== Array.isArray(x)) return fault(kindOf(like))
  const keys = [...new Set([...Object.keys(like), ...Object.keys(x)])]
  return keys.flatMap((key): Fault[] => {
    const at = below(like, path, key)
    if (Object.hasOwn(like, key)) return treeFaults(own(like, key), own(x, key), at, file)
    return [furtherStored(pathText(at), storedText(own(x, key), file))]
  })
}

/** A file that others wrote has no structure: where the tree that is wanted holds no host numbers, its tensors go by their names. */
const byNames = (like: unknown, path: Path, { tensors }: Safetensors): Skeleton | undefined => {
  if (isArray(like)) return tensors.has(nameOf(path)) ? { $tensor: nameOf(path) } : undefined
  if (!isBranch(like)) return undefined
  const children = Object.entries(like).map(
    ([key, child]) => [key, byNames(child, below(like, path, key), { tensors, metadata: {} })] as const,
  )
  if (Array.isArray(like)) return children.map(([, child]) => child) as Skeleton
  return Object.fromEntries(children.filter(([, child]) => child !== undefined)) as Skeleton
}

/** Makes arrays; those that were made are given back when another cannot be. */
class Maker {
  private readonly file: Safetensors
  private readonly made: (() => void)[] = []

  constructor(file: Safetensors) {
    this.file = file
  }

  array(name: string, like: unknown): unknown {
    const { dtype, shape, numbers } = this.file.tensors.get(name) as StoredTensor
    const store = like === undefined || like instanceof NdArray ? undefined : storeOf(like)
    const chosen = store ?? (like === undefined && dtype !== 'float64' ? defaultStore() : undefined)
    if (!chosen) return new NdArray(Float64Array.from(numbers), [...shape])
    const array = chosen.make(dtype, shape, numbers as Numbers, store && like)
    this.made.push(() => chosen.dispose(array))
    return array
  }

  giveBack(): void {
    for (const dispose of this.made) dispose()
  }
}

const build = (x: unknown, like: unknown, maker: Maker): unknown => {
  if (isName(x)) return maker.array(x.$tensor, like)
  if (isValue(x)) return decodeValue(x)
  if (!isBranch(x)) return x
  const child = (key: string): unknown => (isBranch(like) ? own(like, key) : undefined)
  if (Array.isArray(x)) return x.map((each, i) => build(each, child(String(i)), maker))
  const keys = isRecord(like) ? Object.keys(like) : Object.keys(x)
  return Object.fromEntries(keys.map((key) => [key, build(own(x, key), child(key), maker)]))
}

const checkRule = (tx: Transformation, { metadata }: Safetensors): void => {
  const found = own(metadata, 'foregrad.rule')
  const path = 'loadCheckpoint: tx'
  const faults = typeof found === 'string' ? ruleFaults(show(tx), found, path) : [savedWithoutTx(path)]
  raiseAs(otherOptimizer, faults)
}

const checkBytes = (bytes: unknown): void => {
  if (!(bytes instanceof Uint8Array)) throw noBytes(where, bytes)
}

/**
 * The tree that `saveCheckpoint` wrote, bit for bit. With `like`, leaves are made as those of `like` are, on its host and of its structure; without,
 * they are tensors where `foregrad` was imported, else `ndarray`s. A file that others wrote, without a structure, is read with `like` by the
 * names that its paths make, without as a record of tensors by name.
 *
 * Errors: `bad-argument` for what is no whole file; `tree-mismatch` with every difference by path from `like`, and from the formulas of `tx`,
 * where numbers (a learning rate) may differ. Nothing is made before all is right.
 */
export function loadCheckpoint<T>(
  bytes: Uint8Array,
  options: LoadOptions<T> & { readonly like: T },
  ...excess: Excess
): T
export function loadCheckpoint<T = unknown>(bytes: Uint8Array, options?: LoadOptions<T>, ...excess: Excess): T
export function loadCheckpoint<T>(bytes: Uint8Array, options: LoadOptions<T> = {}, ...excess: Excess): T {
  noExcess('loadCheckpoint', excess)
  checkBytes(bytes)
  checkRunOptions('loadCheckpoint', options, loadKinds)
  const { like, tx } = options
  if (like !== undefined) checkStored(like, anyStorage, 'loadCheckpoint: like')
  const file = readSafetensors(bytes, where)
  const skeleton = skeletonOf(file)
  if (tx) checkRule(tx, file)
  const all = Object.fromEntries([...file.tensors.keys()].map((name) => [name, { $tensor: name }]))
  const found = skeleton === undefined ? (like === undefined ? all : byNames(like, [], file)) : skeleton
  if (like !== undefined) raiseAs(otherCheckpoint, treeFaults(like, found, [], file))
  const maker = new Maker(file)
  try {
    return build(found, like, maker) as T
  } catch (error) {
    maker.giveBack()
    throw error
  }
}

/** The texts that a checkpoint was saved with, and those of `foregrad.`: its structure and its optimizer's formulas. Errors: `bad-argument`. */
export const checkpointMetadata = (bytes: Uint8Array, ...excess: Excess): Readonly<Record<string, string>> => {
  noExcess('checkpointMetadata', excess)
  checkBytes(bytes)
  return readSafetensors(bytes, where).metadata
}
