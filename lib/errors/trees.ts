/** What is said of trees: their form, their structure, and what is missing in them. */
import { type ErrorCode, type Fault, type Finding, type ForegradError, faultAt, type Words } from './error.ts'
import { kindError, wrongKind } from './kinds.ts'

/** A path that is too long to be read, by its start. */
export const longPath = (start: string, levels: number): string => `${start}… (${levels} levels)`

export const aCycle = (path: string): Fault => faultAt(path, 'a tree', 'a cycle: a branch that it stands in')
export const tooDeep = (path: string, most: number): Fault => faultAt(path, `a tree of at most ${most} levels`, 'more')
export const aHole = (path: string): Fault => faultAt(path, 'an array without holes', 'a hole')

export const badForm: Words = ['tree-mismatch', 'A tree is made of plain records and arrays, down to its leaves.']

/** What stands at a place of a tree, as far as structures differ there. */
export const branchText = (tree: unknown, isRecord: boolean): string =>
  Array.isArray(tree) ? `an array of ${tree.length}` : isRecord ? 'a record' : 'a leaf'

export const otherStructure: Words = ['tree-mismatch', 'Give two trees of the same structure.']

/** What stands behind the trees of a function of trees and is no function. */
export const noFunction = (where: string, f: unknown): ForegradError =>
  kindError('bad-argument', `${where}: f`, 'a function', f, 'Give it behind the trees.')

export const noLeaves = (path: string, tree: unknown): Fault => wrongKind(path, 'a tree with at least one leaf', tree)

/** A branch of a state that is put together in another way. */
export const otherRecord = (path: string, keys: readonly string[], value: unknown): Fault =>
  wrongKind(path, `a record with keys ${keys.join(', ') || '(none)'}`, value)
export const otherList = (path: string, length: number, value: unknown): Fault =>
  wrongKind(path, `an array of ${length}`, value)

/** What is expected where a state has nothing: a branch of it, or a leaf. */
export const partOfState = (isBranch: boolean): string => (isBranch ? 'a state' : 'a slot')

/** What a state holds in place of a number. */
export const noNumber = (path: string, isCount: boolean, value: unknown): Fault =>
  wrongKind(path, isCount ? 'a count, an integer from 0 up' : 'a number', value)

/** A part of a state that is missing as a whole, or is another's. */
export const noStateOf = (name: string, got = 'nothing'): Fault => faultAt('state', `the state of ${name}`, got)

/** What is given back, or gone with its backend. */
export const disposed = 'a disposed tensor'
export const givenBack = 'an array that was given back'
export const released = 'a tensor of a backend that was released'

type Named = { readonly leaves?: string | undefined }

const leavesOf = ({ leaves = 'float32 tensors' }: Named): string => leaves

/** What to do where a tree alone is wrong. */
export const treeAdvice = (host: Named): string => `Give a tree of ${leavesOf(host)}.`

/** The same on tensors of tfjs. */
export const tensorsAdvice = /* @__PURE__ */ treeAdvice({})

/** What to do where what a run is given is wrong. */
export const runAdvice = (host: Named): string =>
  `Give trees of ${leavesOf(host)} with the structure and shapes of the parameters, and the state that init made.`

export const stateAdvice = 'Give the state that init made.'

/** The code of a fault of a tree: what was given back has one of its own. */
export const codeOf = ({ got }: Fault): ErrorCode =>
  [disposed, givenBack, released].includes(got) ? 'disposed-tensor' : 'tree-mismatch'

/** An update that needs the parameters and was not given them. */
export const missingParams = (name: string): Finding => ({
  fault: faultAt(`${name}: params`, 'the parameters', 'undefined'),
  code: 'missing-params',
  advice: 'Pass params as the third argument of update.',
})
