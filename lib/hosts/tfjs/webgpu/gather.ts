/**
 * Numbers that stand in tensors of their own, brought together among the sums: a kernel may bind few buffers, and a rule whose counts live with the
 * engine has many of them.
 */
import type * as tf from '@tensorflow/tfjs-core'
import { input } from '../../../expr/expr.ts'
import type { Pass } from '../../../rule/pass.ts'
import type { PassCall, PassResult } from '../../engine.ts'
import { DeviceNumber } from './scalars.ts'

type Call = PassCall<tf.Tensor, DeviceNumber>
type Result = PassResult<tf.Tensor, DeviceNumber>

/** So many tensors that hold a number are bound as they are. */
const MOST = 2

const number = input('extra', 'number', 'cell')

/** The sum of one number is that number, and stands among the sums. */
const gathering: Pass = {
  key: 'gather',
  reads: [number],
  uniforms: [],
  outputs: [],
  reductions: [{ id: 0, op: 'sum', over: 'leaf', expr: number, result: input('reduced', 'sum0', 'leaf') }],
}

/** Lists of so many shapes of one number: the same every time, by which the engine knows them again. */
const shapes: (readonly (readonly number[])[])[] = []

/** What tensors of one number hold, read from among the sums. */
export const amongSums = (tensors: readonly tf.Tensor[], run: (call: Call) => Result): readonly DeviceNumber[] => {
  const { length } = tensors
  shapes[length] ??= tensors.map(() => [])
  const call = { pass: gathering, shapes: shapes[length], reads: [tensors], into: [], uniforms: [] }
  return run(call).reductions[0] as readonly DeviceNumber[]
}

const isNumber = (x: unknown): x is DeviceNumber => x instanceof DeviceNumber

const tensorOf = ({ op, source }: DeviceNumber): tf.Tensor | undefined =>
  op === 'load' && 'dataId' in (source as object) ? (source as tf.Tensor) : undefined

/** The tensors that numbers for all leaves are read from. */
const sourcesOf = ({ pass, uniforms }: Call): tf.Tensor[] => {
  const found = new Set<tf.Tensor>()
  const seen = new Set<DeviceNumber>()
  const visit = (x: DeviceNumber): void => {
    if (seen.has(x)) return
    seen.add(x)
    const tensor = tensorOf(x)
    if (tensor) found.add(tensor)
    x.operands.forEach(visit)
  }
  pass.uniforms.forEach(({ perLeaf }, k) => {
    const value = uniforms[k]
    if (!perLeaf && isNumber(value)) visit(value)
  })
  return [...found]
}

/** The same call, with what many tensors hold read from among the sums. */
export const gathered = (call: Call, run: (call: Call) => Result): Call => {
  if (!call.pass.uniforms.some(({ perLeaf, deferred }) => deferred && !perLeaf)) return call
  const tensors = sourcesOf(call)
  if (tensors.length <= MOST) return call
  const numbers = amongSums(tensors, run)
  const loads = new Map(tensors.map((tensor, i) => [tensor, numbers[i]]))
  const made = new Map<DeviceNumber, DeviceNumber>()
  const moved = (x: DeviceNumber): DeviceNumber => {
    const known = made.get(x)
    if (known) return known
    const tensor = tensorOf(x)
    const operands = x.operands.map(moved)
    const isSame = operands.every((operand, i) => operand === x.operands[i])
    const result = (tensor && loads.get(tensor)) ?? (isSame ? x : new DeviceNumber(x.op, operands, x.value, x.source))
    made.set(x, result)
    return result
  }
  const each = (x: number | DeviceNumber): number | DeviceNumber => (isNumber(x) ? moved(x) : x)
  const uniforms = call.uniforms.map((x) => (Array.isArray(x) ? x.map(each) : each(x as number | DeviceNumber)))
  return { ...call, uniforms }
}
