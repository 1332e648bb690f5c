/** A shape without numbers. A class, so that a tree takes it for a leaf. */
export class OfShape {
  readonly shape: readonly number[]

  constructor(...shape: readonly number[]) {
    this.shape = shape
  }
}
