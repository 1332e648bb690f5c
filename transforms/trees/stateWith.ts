import { hasOwn } from '../../lib/data/branch.ts'
import { isBranch } from '../../lib/data/tree.ts'
import { deepestState, raiseForm } from '../../lib/data/treeForm.ts'
import { noStateInside } from '../../lib/errors/transforms/trees.ts'
import { checkTrain } from '../../lib/memory/consumed.ts'

type State = Readonly<Record<string, unknown>>

const find = (state: unknown, keys: readonly string[]): State | undefined => {
  if (!isBranch(state)) return undefined
  if (keys.every((key) => hasOwn(state, key))) return state as unknown as State
  return Object.values(state)
    .map((child) => find(child, keys))
    .find((found) => found !== undefined)
}

/** The state of the wrapper `of`, told by its keys, wherever it stands in what is given. Errors: `bad-argument` when there is none. */
export const stateWith = (where: string, of: string, state: unknown, keys: readonly string[]): State => {
  checkTrain(state, `${where}: state`)
  raiseForm(state, `${where}: state`, deepestState)
  const found = find(state, keys)
  if (found !== undefined) return found
  throw noStateInside(where, of, state)
}
