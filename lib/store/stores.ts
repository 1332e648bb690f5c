/** Whose arrays can be stored: each library says so when it is imported, so that storing itself imports none. */
import type { Storage } from './storage.ts'

/** How the arrays of a library are stored and made again. */
export interface Store<B> extends Storage<B> {
  /** The numbers of an array, when they are there; nothing is consumed. */
  readonly read: (array: B) => ArrayLike<number> | Promise<ArrayLike<number>>
  /** Makes arrays where none is given to go by: the library on which transformations run. */
  readonly isDefault?: boolean
}

const stores: Store<unknown>[] = []

/** Makes the arrays of a library known to those who store. */
export const addStore = <B>(store: Store<B>): void => {
  const known = store as Store<unknown>
  if (stores.includes(known)) return
  // tfjs takes for a tensor what looks like one, and reads it to tell: those who know their own are asked before.
  if (known.isDefault) stores.push(known)
  else stores.unshift(known)
}

/** The store that an array is of. */
export const storeOf = (x: unknown): Store<unknown> | undefined => stores.find(({ isArray }) => isArray(x))

/** The store that makes arrays out of nothing but numbers. */
export const defaultStore = (): Store<unknown> | undefined => stores.find(({ isDefault }) => isDefault)

/** All stores as one, for looking at what somebody wants to store. */
export const anyStorage: Pick<Storage<unknown>, 'isArray' | 'fault'> = {
  isArray: (x): x is unknown => storeOf(x) !== undefined,
  fault: (x) => storeOf(x)?.fault(x),
}
