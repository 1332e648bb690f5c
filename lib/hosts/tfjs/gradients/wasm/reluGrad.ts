import type { TensorInfo } from '@tensorflow/tfjs-core'
import { advance, assemble, type Code, i32, v128, when, whileTrue } from '../../../../simd/assembler.ts'
import { addressOf, instantiate, makeOutput, sizeOf, type WasmBackend } from './backend.ts'
import { loadLanes, storeLanes } from './vectors.ts'

/**
 * The gradient of relu in one pass, where tfjs makes the step of x, casts it and multiplies.
 *
 *     dx = dy where x > 0, 0 elsewhere, NaN where x is NaN
 *
 * Shapes: all three the same, float32.
 */
export const reluGrad = (
  backend: WasmBackend,
  { dy, x }: { readonly dy: TensorInfo; readonly x: TensorInfo },
): TensorInfo => {
  const dx = makeOutput(backend, x.shape, 'float32')
  const run = instantiate(backend, { key: 'relu', bytes: kernel }, true)
  const [dyAt, xAt, dxAt] = [dy, x, dx].map((tensor) => addressOf(backend, tensor)) as [number, number, number]
  run(dyAt, xAt, dxAt, sizeOf(x.shape))
  return dx
}

const kernel = ({ shared }: { readonly shared: boolean }) =>
  assemble(['dy', 'x', 'dx', 'size'], shared, ({ param, local }) => {
    const [value, left] = [local('v128'), param('size')]
    const pass = (lanes: number): Code => [
      value.set(loadLanes(lanes)(param('x').get)),
      storeLanes(lanes)(
        param('dx').get,
        v128.or(
          v128.and(loadLanes(lanes)(param('dy').get), v128.gtF32(value.get, v128.zero)),
          v128.neF32(value.get, value.get),
        ),
      ),
      ...['dy', 'x', 'dx'].map((name) => advance(param(name), i32.const(4 * lanes))),
      advance(left, i32.const(-lanes)),
    ]
    return [
      whileTrue(i32.geS(left.get, i32.const(4)), pass(4)),
      ...[3, 2, 1].map((lanes) => when(i32.eq(left.get, i32.const(lanes)), pass(lanes))),
    ]
  })
