import { treeFindings } from '../../../lib/check/check.ts'
import { checkOptions, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { isBranch } from '../../../lib/data/tree.ts'
import type { Finding } from '../../../lib/errors/error.ts'
import { stateOfInit } from '../../../lib/errors/states.ts'
import { noBlockState } from '../../../lib/errors/transforms/methods.ts'
import type { Checked } from '../../../lib/form/form.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import { arrayStage } from '../../../lib/stage/arrayStage.ts'
import { checkInner } from '../../../lib/stage/inner.ts'
import { rated, rateOfParts } from '../../combinators/rated.ts'
import { cutIntoBlocks, joinBlocks, shapesOfBlocks } from './blocks.ts'
import { innerFindings } from './keptFindings.ts'

/** Options of `blocked`. */
export interface BlockedOptions {
  readonly size: number
}

/** What `blocked` accepts as options. */
export const blockedKinds = { size: positiveInteger }

/**
 * Cuts every leaf into blocks and runs a transformation on them as on leaves of their own: matrix methods on sides that are too long for them.
 *
 *     u = inner(block) for every block of g;  block: `size` entries along each axis, or what is left at its end
 *
 * A leaf that has no longer axis than `size` stays whole. To the inner transformation each block of another is a leaf: its norms, means and masks
 * are of the block, and a mask by path finds the leaf's name with the block's number behind it, row by row. What is elementwise comes out as
 * without blocks. Of an n × m matrix the statistics of Shampoo are then 2·n·m numbers instead of n² + m², and its roots take time as 2·n·m·size
 * instead of n³ + m³.
 *
 * It is given updates and nothing else: decay and what else needs the parameters stands behind it.
 *
 * Shapes: u is shaped like g. State: { inner }, where the state of a leaf that is cut is that of the list of its blocks. Defaults: none; size must
 * be given.
 * Errors: `bad-hyperparameter` unless size is an integer from 1 up; `bad-rule` for an inner transformation that needs parameters or reads what is
 * given by name, forecasts, or sets parameters; `tree-mismatch` for the state of another size.
 * Source: Anil et al. 2020, arXiv 2002.09018; `block_size` of its published code, google-research/scalable_shampoo.
 */
export const blocked = <S>(
  inner: GradientTransformation<S>,
  options: BlockedOptions,
  ...excess: Excess
): GradientTransformation<{ readonly inner: S }> => {
  checkOptions('blocked', options, blockedKinds, excess, ['size'])
  checkInner('blocked: inner', inner)
  const { size } = options
  const check = (given: Checked): Finding[] => {
    const { updates, params, state } = given
    if (!isBranch(state)) return treeFindings([noBlockState(state)], stateOfInit)
    const like = updates ?? params
    return innerFindings(given, 'inner', inner, like && shapesOfBlocks(like, size))
  }
  const tx = arrayStage<{ readonly inner: S }>({
    name: `blocked ${inner.name}`,
    inner,
    init: (ops, params, own) => ({ inner: own.init(cutIntoBlocks(ops, params, size)) as S }),
    update: (ops, updates, state, _params, _extra, own) => {
      const [made, next] = own.update(cutIntoBlocks(ops, updates, size), state.inner)
      return [joinBlocks(ops, made, updates, size), { inner: next as S }]
    },
    reads: [],
    check,
  })
  return rated(tx, rateOfParts([inner]))
}
