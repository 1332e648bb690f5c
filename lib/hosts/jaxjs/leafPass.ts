/** A pass over one leaf as a function on arrays of jax-js, for `jit`: it consumes what it is given, as functions there do. */

import { numpy as np } from '@jax-js/jax'
import { strayNode } from '../../errors/faultsOfOurs.ts'
import type { Expr } from '../../expr/expr.ts'
import { type Algebra, fold } from '../../expr/fold.ts'
import { sameShape } from '../../form/layout.ts'
import type { Pass } from '../../rule/plan.ts'
import type { JaxArray } from './array.ts'
import { operationsOf } from './operations.ts'

/** What a pass over a leaf is given. */
export interface LeafGiven {
  /** One for each of `pass.reads`. */
  readonly reads: JaxArray[]
  /** One array of one number for each of `pass.uniforms`. */
  readonly values: JaxArray[]
}

/** Outputs of the leaf's shape, and one number for each reduction. */
export interface LeafMade {
  readonly outputs: JaxArray[]
  readonly reductions: JaxArray[]
}

const missing = (): never => {
  throw strayNode()
}

/** The pass over a leaf of this shape. */
export const leafPass =
  (pass: Pass, shape: readonly number[]) =>
  ({ reads, values }: LeafGiven): LeafMade => {
    const made: JaxArray[] = []
    const keep = (x: JaxArray): JaxArray => {
      made.push(x)
      return x
    }
    const known = new Map<Expr, JaxArray>(pass.reads.map((node, i) => [node, reads[i] as JaxArray]))
    pass.uniforms.forEach(({ input }, i) => {
      known.set(input, values[i] as JaxArray)
    })
    const { scalars, reductions } = operationsOf(keep)
    const algebra: Algebra<JaxArray> = {
      ...scalars,
      constant: ({ value }) => scalars.number(value),
      host: missing,
      fact: missing,
      reduce: missing,
      input: (node) => known.get(node) ?? missing(),
    }
    const meaning = fold(algebra)
    /** One number for all elements is spread over them. */
    const whole = (expr: Expr): JaxArray => {
      const found = meaning(expr)
      return sameShape(found.shape, shape) ? found : keep(np.broadcastTo(found.ref, [...shape]))
    }
    const result = {
      outputs: pass.outputs.map(({ expr }) => whole(expr).ref),
      reductions: pass.reductions.map(({ op, along, expr }) => reductions[op](whole(expr), along?.axes).ref),
    }
    for (const x of [...made, ...reads, ...values]) x.dispose()
    return result
  }
