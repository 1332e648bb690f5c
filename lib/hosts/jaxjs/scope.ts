/** Who gives back what the engine makes on its way: the scope that it is made in, unless it is part of the scope's result. */
import { isBranch } from '../../data/branch.ts'
import { isAlive, isJaxArray, type JaxArray } from './array.ts'

const scopes: JaxArray[][] = []

/** Leaves what was made to the innermost scope; outside of one it is the caller's. */
export const owned = (made: JaxArray): JaxArray => {
  scopes.at(-1)?.push(made)
  return made
}

const collect = (x: unknown, found: Set<JaxArray>): void => {
  if (isJaxArray(x)) found.add(x)
  else if (isBranch(x)) for (const child of Object.values(x)) collect(child, found)
}

/** The arrays in a tree, each once. */
export const arraysIn = (x: unknown): Set<JaxArray> => {
  const found = new Set<JaxArray>()
  collect(x, found)
  return found
}

/** Runs `f`; what it makes and does not return is disposed, what it returns is left to the scope around it. */
export const scoped = <T>(f: () => T): T => {
  const made: JaxArray[] = []
  scopes.push(made)
  let returned = new Set<JaxArray>()
  try {
    const result = f()
    returned = arraysIn(result)
    return result
  } finally {
    scopes.pop()
    for (const x of made) {
      if (returned.has(x)) owned(x)
      else if (isAlive(x)) x.dispose()
    }
  }
}
