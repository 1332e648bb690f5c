/**
 * WebAssembly code: bytes, and pieces of code between them, which are put in line only when a module is assembled. An expression leaves its
 * value on the stack, a statement leaves nothing.
 */
export type Code = readonly (number | Code)[]

/** Code as bytes alone. */
type Bytes = readonly number[]

export type ValueType = keyof typeof VALUE_TYPES

const VALUE_TYPES = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b }

const leb = (n: number): Bytes => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)])

const signedLeb = (n: number): Bytes => (n >= -64 && n < 64 ? [n & 0x7f] : [(n & 0x7f) | 0x80, ...signedLeb(n >> 7)])

/** The bytes of a vector instruction. */
export const simd = (opcode: number): Bytes => [0xfd, ...leb(opcode)]

const binary =
  (...opcode: number[]) =>
  (a: Code, b: Code): Code => [a, b, ...opcode]

/** Memory accesses state an alignment of four bytes, which every host's arrays have; more would only be a hint. */
const at = (offset: number): Code => [2, ...leb(offset)]

const load =
  (...opcode: number[]) =>
  (address: Code, offset = 0): Code => [address, ...opcode, at(offset)]

const store =
  (...opcode: number[]) =>
  (address: Code, value: Code, offset = 0): Code => [address, value, ...opcode, at(offset)]

export const i32 = {
  const: (n: number): Code => [0x41, ...signedLeb(n)],
  load: load(0x28),
  store: store(0x36),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  and: binary(0x71),
  or: binary(0x72),
  eq: binary(0x46),
  ltU: binary(0x49),
  geS: binary(0x4e),
  geU: binary(0x4f),
}

export const f64 = { load: load(0x2b), store: store(0x39), add: binary(0xa0) }

export const f32 = {
  ofI32: (value: Code): Code => [value, 0xb2],
  load: load(0x2a),
  store: store(0x38),
  add: binary(0x92),
  mul: binary(0x94),
  /** A float64, rounded. */
  demote: (x: Code): Code => [x, 0xb6],
}

export const v128 = {
  zero: [...simd(0x0c), ...new Array<number>(16).fill(0)] as Code,
  load: load(...simd(0x00)),
  store: store(...simd(0x0b)),
  splat: load(...simd(0x09)),
  loadOne: load(...simd(0x5c)),
  loadTwo: load(...simd(0x5d)),
  loadLane: (address: Code, vector: Code, lane: number, offset = 0): Code => [
    address,
    vector,
    simd(0x56),
    at(offset),
    lane,
  ],
  storeOne: (address: Code, vector: Code, lane: number, offset = 0): Code => [
    address,
    vector,
    simd(0x5a),
    at(offset),
    lane,
  ],
  storeTwo: (address: Code, vector: Code, offset = 0): Code => [address, vector, simd(0x5b), at(offset), 0],
  addF32: binary(...simd(0xe4)),
  mulF32: binary(...simd(0xe6)),
  divF32: binary(...simd(0xe7)),
  /** `b` where it is larger, else `a`: also where either is NaN. */
  largerF32: binary(...simd(0xeb)),
  addI32: binary(...simd(0xae)),
  splatI32: (value: Code): Code => [value, ...simd(0x11)],
  splatF32: (value: Code): Code => [value, ...simd(0x13)],
  eqI32: binary(...simd(0x37)),
  laneI32: (vector: Code, lane: number): Code => [vector, ...simd(0x1b), lane],
  laneF32: (vector: Code, lane: number): Code => [vector, ...simd(0x1f), lane],
  neF32: binary(...simd(0x42)),
  gtF32: binary(...simd(0x44)),
  and: binary(...simd(0x4e)),
  or: binary(...simd(0x50)),
  /** The bits of `a` where those of `mask` are 1, those of `b` elsewhere. */
  select: (a: Code, b: Code, mask: Code): Code => [a, b, mask, ...simd(0x52)],
  /** Lanes of `a` (0 to 3) and of `b` (4 to 7). */
  lanes: (a: Code, b: Code, which: readonly [number, number, number, number]): Code => [
    a,
    b,
    ...simd(0x0d),
    ...which.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)),
  ],
}

/** A local variable or parameter of a function. */
export interface Local {
  readonly get: Code
  readonly set: (value: Code) => Code
}

/** Runs `body` again and again while `condition` leaves something other than zero. */
export const whileTrue = (condition: Code, ...body: readonly Code[]): Code =>
  block(0x03, condition, block(0x04, ...body, 0x0c, 1))

/** Runs `body` `count` times, counting down; at least once. */
export const countDown = (count: Local, ...body: readonly Code[]): Code =>
  block(0x03, ...body, count.set(i32.sub(count.get, i32.const(1))), count.get, 0x0d, 0)

/** Runs `body` when `condition` leaves something other than zero. */
export const when = (condition: Code, ...body: readonly Code[]): Code => [condition, block(0x04, ...body)]

const block = (opcode: number, ...body: Code): Code => [opcode, 0x40, body, 0x0b]

/** `local += amount`, as a statement. */
export const advance = (local: Local, amount: Code): Code => local.set(i32.add(local.get, amount))

export interface FunctionScope {
  readonly param: (name: string) => Local
  readonly local: (type: ValueType) => Local
}

/** What a module of `assemble` is instantiated with. */
export const importsOf = (memory: WebAssembly.Memory): WebAssembly.Imports => ({ host: { memory } })

/**
 * One WebAssembly module with one exported function, `run`, on an imported memory (`importsOf`).
 * All parameters are i32; `body` makes the locals that it needs.
 *
 * A shared memory must be imported as one, with a maximum no smaller than its own: the largest there is.
 */
export const assemble = (params: readonly string[], shared: boolean, body: (scope: FunctionScope) => Code) => {
  const locals: ValueType[] = []
  const variable = (index: number): Local => ({
    get: [0x20, ...leb(index)],
    set: (value) => [value, 0x21, leb(index)],
  })
  const code = body({
    param: (name) => variable(params.indexOf(name)),
    local: (type) => variable(params.length + locals.push(type) - 1),
  })
  const declared = vector(locals.map((type) => [1, VALUE_TYPES[type]]))
  const limits = shared ? [0x03, 0, ...leb(65536)] : [0x00, 0]
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[0x60, ...vector(params.map(() => [VALUE_TYPES.i32])), 0]])),
    ...section(2, vector([[...name('host'), ...name('memory'), 0x02, ...limits]])),
    ...section(3, vector([[0]])),
    ...section(7, vector([[...name('run'), 0x00, 0]])),
    ...section(10, vector([sized([...declared, ...code, 0x0b])])),
  ])
}

const sized = (code: Code): Bytes => {
  const bytes = inLine(code)
  return [...leb(bytes.length), ...bytes]
}

/** Code with all its pieces put in line. */
const inLine = (code: Code): Bytes => {
  const bytes: number[] = []
  const add = (piece: Code): void => {
    for (const part of piece) {
      if (typeof part === 'number') bytes.push(part)
      else add(part)
    }
  }
  add(code)
  return bytes
}

const vector = (items: readonly Code[]): Code => [...leb(items.length), ...items]

const section = (id: number, bytes: Code): Bytes => [id, ...sized(bytes)]

const name = (text: string): Bytes => sized([...new TextEncoder().encode(text)])
