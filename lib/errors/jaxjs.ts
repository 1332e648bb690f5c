/** What is said of arrays of jax-js, and of steps that a jit traces. */
import { describe, errorOf, type Fault, type Finding, type ForegradError, faultAt, type Words } from './error.ts'
import { functionText, type LeafFault, ofShape, wrongKind } from './kinds.ts'
import { missingSignal, wrongSignal } from './states.ts'
import { noStateOf } from './trees.ts'

export const noJaxArray = (shape: readonly number[] | undefined, got: string): LeafFault => ({
  expected: shape ? `a float32 array of jax-js of ${ofShape(shape)}` : 'a float32 array of jax-js',
  got,
})

const withScalars = "withGradient(loss, tx, { scalars: 'host' })."

export const tracedNumber = (path: string): Fault =>
  faultAt(path, 'a number of the host, as the stage keeps it', 'an array, which a jit makes of it')
export const badTraced: Words = ['unsupported', `Call it outside of jit, or step with ${withScalars}`]
export const tracedRead = (): ForegradError =>
  errorOf(
    'unsupported',
    'ops.read',
    'an array whose numbers are there',
    'one that a jit traces',
    'Call it outside of jit, or step with withGradient(loss, tx).',
  )
export const untraceable = (where: string, f: string): ForegradError =>
  errorOf(
    'unsupported',
    `${where}: a schedule`,
    'an expression of the count',
    `the function ${functionText(f)}, which JavaScript computes, under a jit`,
    `Write it with schedule((count) => …), or leave the counters to the host: ${withScalars}`,
  )
export const graphTreesAdvice = 'Give trees of float32 arrays with the structure and shapes of the parameters.'
export const graphAdvice =
  'Give trees of float32 arrays with the structure and shapes of the parameters, and the state that init made.'
export const noNumberArray = (path: string, value: unknown): Fault =>
  wrongKind(path, 'an array of jax-js of one number', value)
export const otherState = (name: string, state: unknown): Fault => noStateOf(name, describe(state))
export const wrongGraphSignal = (path: string, value: unknown): Finding =>
  wrongSignal(path, value, 'a number, or an array of one')
export const missingGraphSignal = (path: string, advice: string | undefined, name: string): Finding =>
  missingSignal(path, advice, [name], 'a number')
