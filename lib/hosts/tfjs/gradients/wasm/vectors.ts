/** Vectors at the end of a row: of four floats the first few, and nothing read or written behind them. */
import { type Code, v128 } from '../../../../simd/assembler.ts'

/** Reads `lanes` floats and no more: the float after a tensor's last may be another tensor's, or nobody's. */
export const loadLanes = (lanes: number): ((address: Code, offset?: number) => Code) => {
  if (lanes === 1) return v128.loadOne
  if (lanes === 2) return v128.loadTwo
  if (lanes === 3) return (address, offset = 0) => v128.loadLane(address, v128.loadTwo(address, offset), 2, offset + 8)
  return v128.load
}

export const storeLanes = (lanes: number): ((address: Code, value: Code, offset?: number) => Code) => {
  if (lanes === 1) return (address, value, offset) => v128.storeOne(address, value, 0, offset)
  if (lanes === 2) return v128.storeTwo
  if (lanes === 3)
    return (address, value, offset = 0) => [
      ...v128.storeTwo(address, value, offset),
      ...v128.storeOne(address, value, 2, offset + 8),
    ]
  return v128.store
}
