import { importsOf } from '../../../../../../lib/simd/assembler.ts'

/** One page of memory, filled with a mark: whoever writes outside shows, and whoever reads past its end traps. */
const PAGE = 65536
const MARK = 12345

/**
 * Runs a kernel on arrays, each called by its place in bytes: the one that is named last lies at the very end of memory. Answers with what is in
 * each afterwards; throws where anything outside of them was written.
 */
export const runAtTheEnd = <Names extends string>(
  bytes: Uint8Array<ArrayBuffer>,
  arrays: Readonly<Record<Names, readonly number[]>>,
  last: Names,
  args: (at: Readonly<Record<Names, number>>) => readonly number[],
): Record<Names, number[]> => {
  const names = Object.keys(arrays) as Names[]
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const cells = new Float32Array(memory.buffer).fill(MARK)
  let free = 16
  const place = {} as Record<Names, number>
  for (const name of names) {
    place[name] = name === last ? PAGE / 4 - arrays[name].length : free
    if (name !== last) free += arrays[name].length + 16
    cells.set(arrays[name], place[name])
  }
  const at = Object.fromEntries(names.map((name) => [name, 4 * place[name]])) as Record<Names, number>
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes), importsOf(memory)).exports
  ;(run as (...args: readonly number[]) => void)(...args(at))
  const result = {} as Record<Names, number[]>
  for (const name of names) {
    result[name] = [...cells.subarray(place[name], place[name] + arrays[name].length)]
    cells.fill(MARK, place[name], place[name] + arrays[name].length)
  }
  const written = cells.findIndex((cell) => cell !== MARK)
  if (written >= 0) throw new Error(`written outside: ${cells[written]} at ${written}`)
  return result
}
