/**
 * What tfjs's engine keeps while a loss runs: scopes of tensors, the depth of gradients and kernels, and the tape of ops with what each saved for
 * its gradient. tfjs puts none of the last three right when a loss throws: its saved tensors stay for good. Here they are given back.
 */
import * as tf from '@tensorflow/tfjs-core'

type State = ReturnType<typeof tf.engine>['state']

/** One op that ran while gradients were recorded. */
export type TapeNode = State['activeTape'][number]

/** The ops that were recorded up to now, the enclosing gradients' among them. */
export const recorded = (): readonly TapeNode[] => tf.engine().state.activeTape ?? []

interface Before {
  readonly state: State
  readonly scopes: State['scopeStack']
  readonly tape: State['activeTape']
  readonly nodes: number
  readonly gradientDepth: number
  readonly kernelDepth: number
}

const now = (): Before => {
  const { state } = tf.engine()
  const { activeTape: tape, gradientDepth, kernelDepth } = state
  return { state, scopes: [...state.scopeStack], tape, nodes: tape?.length ?? 0, gradientDepth, kernelDepth }
}

/** Runs what records gradients. When it throws, the engine is as it was before, and nothing that was made for the gradient is left. */
export const recording = <T>(run: () => T): T => {
  const before = now()
  try {
    return run()
  } catch (error) {
    // A state that is another one by now was reset meanwhile, with all that was in it.
    if (tf.engine().state === before.state) restore(before)
    throw error
  } finally {
    // A gradient taken by a gradient function finds the tape of the one around it in use, and tfjs forgets it.
    if (before.gradientDepth === 0 && before.tape) before.state.activeTape = before.tape
  }
}

const restore = (before: Before): void => {
  const { state } = before
  closeScopes(state, before.scopes)
  state.gradientDepth = before.gradientDepth
  state.kernelDepth = before.kernelDepth
  if (before.gradientDepth > 0) dropUnreachable(state.activeTape, before.nodes)
  else {
    if (state.activeTape !== before.tape) for (const node of state.activeTape ?? []) free(node)
    state.activeTape = before.tape
  }
}

/** Ends the scopes that were opened since and left open. */
const closeScopes = ({ scopeStack }: State, scopes: readonly State['activeScope'][]): void => {
  const isOpen = (): boolean => scopeStack.length > 0 && !scopes.includes(scopeStack.at(-1) as State['activeScope'])
  while (isOpen()) tf.engine().endScope()
}

/** Takes the ops of the failed run off the tape around it, unless one of their results is alive and may still be used. */
const dropUnreachable = (tape: State['activeTape'], from: number): void => {
  const later = tape.slice(from)
  if (!later.every(({ outputs }) => outputs.every(({ isDisposed }) => isDisposed))) return
  for (const node of later) free(node)
  tape.length = from
}

const free = ({ saved }: TapeNode): void => {
  for (const tensor of saved ?? []) tensor.dispose()
}
