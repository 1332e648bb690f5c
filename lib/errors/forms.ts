/** What is said of transformations: what is none, what may not stand where it does, what stages written by hand lack. */
import { errorOf, type Fault, type Finding, type ForegradError, faultAt, type Words } from './error.ts'
import { kindError, wrongKind } from './kinds.ts'

const aTransformation = 'a transformation'
const ofThisLibrary = 'with the functions of this library, with rule or with opaque.'

export const noTransformation = (path: string, x: unknown): ForegradError =>
  kindError('bad-rule', path, aTransformation, x, `Make one ${ofThisLibrary}`)
export const noTransformationAt = (path: string, x: unknown): Fault => wrongKind(path, aTransformation, x)
export const noStage = (chain: string, i: number, x: unknown): Fault => noTransformationAt(`${chain}: stage ${i}`, x)
export const badStages: Words = ['bad-rule', `Make stages ${ofThisLibrary}`]

/** Without a library no transformation runs on tensors. */
export const noHost = (): ForegradError =>
  errorOf(
    'no-host',
    'init, update',
    'a tensor library to run on',
    'none',
    "Import 'foregrad' once to run on tensors of tfjs; float64(tx), 'foregrad/arrays' and 'foregrad/jaxjs' need no attached library.",
  )

// What sets the parameters

const outermost = 'to be the outermost'

export const notOutermost = (name: string, behind: string): ForegradError =>
  errorOf(
    'bad-rule',
    name,
    outermost,
    `${behind} behind it`,
    `It sets the parameters: wrap the whole chain in ${name} instead.`,
  )
export const wrappedProjection = (name: string, around: string): Fault =>
  faultAt(name, outermost, `${around} around it`)
export const badBranches: Words = [
  'bad-rule',
  'It sets the parameters: wrap it around the whole, and give it a mask if it has one.',
]

// Stages written by hand

export const notCarried = (name: string): ForegradError =>
  errorOf(
    'unsupported',
    name,
    'a mark of the form w + distance before an opaque stage',
    'another one',
    'Put the mark behind the opaque stage, or say it as w plus what has no w in it.',
  )
/** A part written by hand without functions for the leaves of a host. */
export const noFunctionsFor = (name: string, host: string): Finding => ({
  fault: faultAt(name, `functions for ${host} beside the others`, 'none'),
  code: 'unsupported',
  advice: 'Give them where it is made, or put in its place what rules can say.',
})
export const notHandWritten = (where: string, spec: unknown): Fault => wrongKind(where, 'a record', spec)
export const noNameIn = (where: string, name: unknown): Fault => wrongKind(`${where}: name`, 'a name', name)
export const noFunctionIn = (path: string, f: unknown): Fault => wrongKind(path, 'a function', f)
export const badHandWritten = (needed: readonly string[]): Words => ['bad-rule', `Give { name, ${needed.join(', ')} }.`]

// A transformation inside a stage

export const innerProjection = (path: string, name: string): Fault =>
  faultAt(path, 'a transformation that only makes updates', `${name}, which sets the parameters`)
export const innerReadsParams = (path: string, name: string): Fault =>
  faultAt(path, 'a transformation that needs no params', `${name}, which reads them`)
export const innerReads = (path: string, name: string, names: readonly string[]): Fault =>
  faultAt(path, 'a transformation that reads updates alone', `${name}, which reads extra.${names.join(', extra.')}`)
export const innerMark = (path: string, name: string): Fault =>
  faultAt(path, 'a transformation without a forecast', `${name}, which says where the next gradient is taken`)
export const badInner: Words = ['bad-rule', 'Put what needs more in front of the stage or behind it.']
