/** What only a fault of this library can bring about. No user reads these. */

/** What a pass holds and nobody computes. */
export const strayNode = (): Error => new Error('a pass holds a node that is neither read nor given')
/** A node of a kind that should have been taken out before. */
const strayKind = (where: string, kind: string): Error => new Error(`${where} holds a node of kind ${kind}`)
export const strayInDeferred = (kind: string): Error => strayKind('a deferred expression', kind)
export const strayInKernel = (kind: string): Error => strayKind('a kernel', kind)
/** What was checked, found sound and still cannot be read. */
export const unreadRule = (name: string): Error => new Error(`${name}: cannot be read`)
export const strayReduction = (): Error => new Error('a number in the graph holds a reduction that was not taken out')
