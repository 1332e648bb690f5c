/** Numbers with a shape, row by row. */
export class NdArray {
  readonly data: Float64Array
  readonly shape: readonly number[]

  constructor(data: Float64Array, shape: readonly number[]) {
    this.data = data
    this.shape = shape
  }
}
