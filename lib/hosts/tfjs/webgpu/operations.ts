/**
 * The operations in WGSL: one row each, and the functions that the rows call.
 *
 * Texts are written for `cell`, which a kernel declares as `f32` or `vec4<f32>`. WGSL may assume that there is neither NaN nor
 * infinity, so whatever asks for them, or orders numbers, looks at the bits. A GPU may take subnormal numbers for zeros, and ignore the sign of
 * a zero.
 */
import type { BinaryOp, ReduceOp, UnaryOp } from '../../../expr/expr.ts'

/** A piece of WGSL and the helper functions that it calls. */
export interface Row<Arguments extends readonly string[]> {
  readonly text: (...operands: Arguments) => string
  /** How tightly an operation binds that stands between its operands: 1 as `+`, 2 as `*`, 3 as a sign before its operand. */
  readonly binds?: number
  /** For what answers 0 or 1: the answer as a truth value. `text` is then `one_if` of it. */
  readonly isTruth?: true
  readonly uses?: readonly Helper[]
}

const call = <A extends readonly string[]>(name: string, ...uses: readonly Helper[]): Row<A> => ({
  text: (...operands) => `${name}(${operands.join(', ')})`,
  uses,
})

const infix = (sign: string, binds: number): Row<[string, string]> => ({ text: (x, y) => `${x} ${sign} ${y}`, binds })

const test = (name: Helper): Row<[string]> => ({ text: (x) => `${name}(${x})`, isTruth: true, uses: [name] })

const compare = (sign: string): Row<[string, string]> => ({
  text: (x, y) => `(${x} ${sign} ${y}) & are_numbers(${x}, ${y})`,
  isTruth: true,
  uses: ['are_numbers'],
})

export const unaryRows: { readonly [op in UnaryOp]: Row<[string]> } = {
  neg: { text: (x) => `-${x}`, binds: 3 },
  abs: call('abs'),
  sign: call('signum', 'signum'),
  sqrt: call('sqrt'),
  exp: call('exponential', 'exponential'),
  expm1: call('exp_minus_one', 'exp_minus_one'),
  log: call('logarithm', 'logarithm'),
  log1p: call('log_one_plus', 'log_one_plus'),
  cos: call('cosine', 'cosine'),
  tanh: call('hyperbolic_tangent', 'hyperbolic_tangent'),
  floor: call('floor'),
  isNaN: test('is_nan'),
  isFinite: test('is_finite'),
}

export const binaryRows: { readonly [op in BinaryOp]: Row<[string, string]> } = {
  add: infix('+', 1),
  sub: infix('-', 1),
  mul: infix('*', 2),
  div: infix('/', 2),
  pow: call('power', 'power'),
  min: call('lesser', 'lesser'),
  max: call('greater', 'greater'),
  less: compare('<'),
  lessEqual: compare('<='),
  equal: compare('=='),
}

/** The test is a truth value: `is_set` of a number makes one. */
export const selectRow: Row<[test: string, yes: string, no: string]> = {
  text: (test, yes, no) => `select(${no}, ${yes}, ${test})`,
}

/** How a reduction starts and goes on, and what it calls. */
export const reduceRows: { readonly [op in ReduceOp]: Row<[string, string]> & { readonly start: string } } = {
  sum: { ...infix('+', 1), start: 'cell(0.0)' },
  max: { ...call('greater', 'greater', 'lowest'), start: 'lowest()' },
}

// ---------------------------------------------------------------------------------------------------------------------
// Helper functions

/** The names of the types that a kernel works in, by the number of elements that it takes at once. */
export const typeNames = (width: 1 | 4): Readonly<Record<'cell' | 'bits' | 'order' | 'truth', string>> =>
  width === 1
    ? { cell: 'f32', bits: 'u32', order: 'i32', truth: 'bool' }
    : { cell: 'vec4<f32>', bits: 'vec4<u32>', order: 'vec4<i32>', truth: 'vec4<bool>' }

interface Source {
  readonly text: string
  readonly uses?: readonly Helper[]
}

/** The helper functions, callees before callers. */
const helpers = [
  'one_if',
  'magnitude',
  'is_nan',
  'is_finite',
  'is_set',
  'are_numbers',
  'rank',
  'lesser',
  'greater',
  'lowest',
  'signum',
  'exponential',
  'exp_minus_one',
  'hyperbolic_tangent',
  'logarithm',
  'log_one_plus',
  'power',
  'cosine',
] as const

export type Helper = (typeof helpers)[number]

const sources: { readonly [name in Helper]: Source } = {
  one_if: { text: 'fn one_if(test: truth) -> cell { return select(cell(0.0), cell(1.0), test); }' },
  magnitude: { text: 'fn magnitude(x: cell) -> bits { return bitcast<bits>(x) & bits(0x7fffffffu); }' },
  is_nan: {
    text: 'fn is_nan(x: cell) -> truth { return magnitude(x) > bits(0x7f800000u); }',
    uses: ['magnitude'],
  },
  is_finite: {
    text: 'fn is_finite(x: cell) -> truth { return magnitude(x) < bits(0x7f800000u); }',
    uses: ['magnitude'],
  },
  is_set: { text: 'fn is_set(x: cell) -> truth { return magnitude(x) != bits(0u); }', uses: ['magnitude'] },
  are_numbers: {
    text: 'fn are_numbers(x: cell, y: cell) -> truth { return !(is_nan(x) | is_nan(y)); }',
    uses: ['is_nan'],
  },
  // The bits of a float, read as an integer that orders as the floats do: −∞ < … < −0 < +0 < … < ∞.
  rank: {
    text: `fn rank(x: cell) -> order {
  let whole = bitcast<order>(x);
  return whole ^ ((whole >> bits(31u)) & order(0x7fffffff));
}`,
  },
  lesser: {
    text: 'fn lesser(x: cell, y: cell) -> cell { return select(y, x, is_nan(x) | (!is_nan(y) & (rank(x) < rank(y)))); }',
    uses: ['is_nan', 'rank'],
  },
  greater: {
    text: 'fn greater(x: cell, y: cell) -> cell { return select(y, x, is_nan(x) | (!is_nan(y) & (rank(x) > rank(y)))); }',
    uses: ['is_nan', 'rank'],
  },
  // WGSL refuses −∞ as a constant; a variable's bits are nobody's business.
  lowest: {
    text: `fn lowest() -> cell {
  var infinity = bits(0xff800000u);
  return bitcast<cell>(infinity);
}`,
  },
  signum: {
    text: `fn signum(x: cell) -> cell {
  let size = magnitude(x);
  let unit = bitcast<cell>((bitcast<bits>(x) & bits(0x80000000u)) | bits(0x3f800000u));
  return select(unit, x, (size == bits(0u)) | (size > bits(0x7f800000u)));
}`,
    uses: ['magnitude'],
  },
  // exp and log do as they please with what they are not made for: some devices take exp(NaN) for ∞ and log(−1) for 0.
  exponential: {
    text: 'fn exponential(x: cell) -> cell { return select(exp(x), x, is_nan(x)); }',
    uses: ['is_nan'],
  },
  // These three are x itself below 2^-25.
  // 2^k·(e^r − 1) + (2^k − 1) with x = k·ln 2 + r, at half its size, so that 2^128 is a number; held where float32 has −1 and ∞ only.
  exp_minus_one: {
    text: `fn exp_minus_one(x: cell) -> cell {
  let held = min(max(x, cell(-40.0)), cell(90.0));
  let k = round(held * 1.44269504);
  let r = (held - k * 0.693359375) + k * 2.12194440e-4;
  let series = ((((((1.98412698e-4 * r + 1.38888889e-3) * r + 8.33333333e-3) * r + 4.16666667e-2) * r + 1.66666667e-1) * r + 0.5) * r) * r + r;
  let half = bitcast<cell>((order(k) + order(126)) << bits(23u));
  let value = 2.0 * (half * series + (half - 0.5));
  let large = bits(0x42b17218u);
  let size = magnitude(x);
  let infinite = (size == bitcast<bits>(x)) & (size >= large);
  let known = select(value, -lowest(), infinite);
  return select(known, x, (size > bits(0x7f800000u)) | (size < bits(0x33000000u)));
}`,
    uses: ['magnitude', 'lowest'],
  },
  // WGSL's tanh is good to 11 bits. From 10 on, 1 is the nearest float32.
  hyperbolic_tangent: {
    text: `fn hyperbolic_tangent(x: cell) -> cell {
  let size = magnitude(x);
  let e = exp_minus_one(2.0 * min(bitcast<cell>(size), cell(10.0)));
  let signed = bitcast<cell>(bitcast<bits>(e / (e + 2.0)) | (bitcast<bits>(x) & bits(0x80000000u)));
  return select(signed, x, (size > bits(0x7f800000u)) | (size < bits(0x33000000u)));
}`,
    uses: ['magnitude', 'exp_minus_one'],
  },
  logarithm: {
    text: `fn logarithm(x: cell) -> cell {
  let size = magnitude(x);
  let nan = bitcast<cell>(bitcast<bits>(x) | bits(0x7fc00000u));
  let known = select(log(x), x, size == bits(0x7f800000u));
  let signed = select(known, nan, (size != bitcast<bits>(x)) | (size > bits(0x7f800000u)));
  return select(signed, lowest(), size < bits(0x00800000u));
}`,
    uses: ['magnitude', 'lowest'],
  },
  // log u, u = 1 + x = 2^k·(1 + f), by 2·artanh of f / (f + 2). Where k is 0, f is x, from which 1 + x would take digits.
  log_one_plus: {
    text: `fn log_one_plus(x: cell) -> cell {
  let u = bitcast<order>(1.0 + x);
  let k = (u - order(0x3f3504f3)) >> bits(23u);
  let f = select(bitcast<cell>(u - (k << bits(23u))) - 1.0, x, k == order(0));
  let s = f / (f + 2.0);
  let z = s * s;
  let series = 2.0 * s + s * z * (0.666666667 + z * (0.4 + z * (0.285714286 + z * 0.222222222)));
  let e = cell(k);
  let value = e * 0.693359375 + (series - e * 2.12194440e-4);
  let size = magnitude(x);
  let negative = size != bitcast<bits>(x);
  let nan = bitcast<cell>(bitcast<bits>(x) | bits(0x7fc00000u));
  let low = select(value, lowest(), negative & (size == bits(0x3f800000u)));
  let known = select(low, x, (size < bits(0x33000000u)) | (size == bits(0x7f800000u)));
  return select(known, nan, (negative & (size > bits(0x3f800000u))) | (size > bits(0x7f800000u)));
}`,
    uses: ['magnitude', 'lowest'],
  },
  // x^y for x of either sign: even, odd and broken exponents differ; x^0 is 1 whatever x is.
  power: {
    text: `fn power(x: cell, y: cell) -> cell {
  let base = magnitude(x);
  let finite = select(log2(abs(x)), lowest(), base < bits(0x00800000u));
  let exponent = y * select(finite, abs(x), base >= bits(0x7f800000u));
  let size = select(exp2(exponent), exponent, is_nan(exponent));
  let whole = floor(y) == y;
  let odd = whole & ((y - 2.0 * floor(0.5 * y)) == cell(1.0));
  let negative = base != bitcast<bits>(x);
  let signed = select(size, -size, negative & odd);
  let missing = negative & !whole & is_set(x) & is_finite(x);
  let nan = bitcast<cell>(bitcast<bits>(x) | bits(0x7fc00000u));
  return select(select(signed, nan, missing | is_nan(x) | is_nan(y)), cell(1.0), magnitude(y) < bits(0x00800000u));
}`,
    uses: ['is_set', 'is_finite', 'is_nan', 'lowest'],
  },
  // WGSL promises of cos no more than 11 bits, and those from −π to π only. Taken to ±π/4 in three parts of π/2, good to |x| = 2^16.
  cosine: {
    text: `fn cosine(x: cell) -> cell {
  let quarter = round(x * 0.636619772);
  let r = ((x - quarter * 1.5703125) - quarter * 4.837512969970703125e-4) - quarter * 7.54978995489188e-8;
  let z = r * r;
  let even = ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z - 0.5 * z + 1.0;
  let odd = ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * r + r;
  let turn = order(quarter) & order(3);
  let size = select(even, odd, (turn & order(1)) == order(1));
  return select(size, -size, ((turn + order(1)) & order(2)) == order(2));
}`,
  },
}

/** The text of helpers and of what they call, callees first; each once, in the order of the table. */
export const helperText = (wanted: Iterable<Helper>): string[] => {
  const needed = new Set<Helper>()
  const need = (name: Helper): void => {
    if (needed.has(name)) return
    needed.add(name)
    for (const used of sources[name].uses ?? []) need(used)
  }
  for (const name of wanted) need(name)
  return helpers.filter((name) => needed.has(name)).map((name) => sources[name].text)
}
