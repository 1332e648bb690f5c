/** What WebAssembly can do here. */

/** Whether a memory is shared between threads. A module must import it as what it is. Told by its tag: jest runs tests in a realm of their own. */
export const isShared = ({ buffer }: WebAssembly.Memory): boolean => String(buffer) === '[object SharedArrayBuffer]'

/** Whether this runtime has WebAssembly SIMD: it accepts the smallest module that uses it. */
export const hasSimd = (): boolean => {
  simd ??= typeof WebAssembly === 'object' && WebAssembly.validate(smallest)
  return simd
}

let simd: boolean | undefined

const smallest = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
])
