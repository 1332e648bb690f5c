/** Formulas in plain arithmetic, written for one element or one leaf. */
import type { Formula } from './subject.ts'

/** One number for each element, made of that element of the gradient and of the parameters. */
export type Cell = (g: number, p: number) => number
/** The numbers of a leaf, made of the leaf. */
export type Leaf = (g: readonly number[], p: readonly number[]) => readonly number[]

/** A formula for every leaf; `make` is called once a leaf, so what its function remembers is the leaf's own. */
export const leafwise =
  (make: () => Leaf): Formula =>
  () => {
    const leaves: Leaf[] = []
    return (grads, params) =>
      grads.map((g, i) => {
        leaves[i] ??= make()
        return [...leaves[i](g, params[i] as number[])]
      })
  }

/** A formula for every element; `make` is called once an element, so what its function remembers is the element's own. */
export const cellwise = (make: () => Cell): Formula =>
  leafwise(() => {
    const cells: Cell[] = []
    return (g, p) =>
      g.map((x, j) => {
        cells[j] ??= make()
        return cells[j](x, p[j] as number)
      })
  })

/** One formula after another: each one's updates are the next one's gradients. */
export const inTurn =
  (...formulas: readonly Formula[]): Formula =>
  () => {
    const stages = formulas.map((formula) => formula())
    return (grads, params) =>
      stages.reduce<readonly number[][]>((g, stage) => stage(g, params).map((x) => [...x]), grads)
  }
