/** Plain numbers as a host: every element a float64. The meaning of a transformation is what it does here. */

import { NdArray } from '../../data/ndArray.ts'
import { noNumbersOf } from '../../errors/arrays.ts'
import { describe } from '../../errors/error.ts'
import { ofShape } from '../../errors/kinds.ts'
import type { Engine } from '../engine.ts'
import type { Host } from '../host.ts'
import { float64Engine } from './engine.ts'
import { float64Ops } from './ops.ts'

export const float64Host: Host<NdArray> = {
  name: 'float64',
  leaves: 'numbers',
  engine: () => float64Engine as Engine<NdArray, unknown>,
  areAlive: () => true,
  ops: float64Ops,
  check: (leaf, shape) => {
    if (!(leaf instanceof NdArray)) return noNumbersOf(shape, describe(leaf))
    const same = !shape || (shape.length === leaf.shape.length && shape.every((d, i) => d === leaf.shape[i]))
    return same ? undefined : noNumbersOf(shape, ofShape(leaf.shape))
  },
}
