/**
 * Why SGDM pays most for the forecast: its plain step stores two numbers for each parameter, the step ahead three, and while the leaf is in the
 * processor's caches a step takes as long as its stores.
 */
import { sgd } from '../../lib/index.ts'
import { advance, assemble, i32, importsOf, simd, v128, whileTrue } from '../../lib/simd/assembler.ts'
import { type Shape, shapeText, training } from './contestants.ts'
import { milliseconds, ratio, table } from './tables.ts'
import { alone, type Budget, type Contestant, type Medians, race } from './timing.ts'

const shape: Shape = { leaves: 1, size: 200_000 }
const bytes = 4 * shape.size

/** Four vectors of zeros to each stream in turn, as a kernel does, and nothing else. */
const kernel = (streams: number): Uint8Array<ArrayBuffer> =>
  assemble(['left'], false, ({ param, local }) => {
    const [left, at, zeros] = [param('left'), local('i32'), local('v128')]
    const places = [0, 16, 32, 48].flatMap((offset) =>
      Array.from({ length: streams }, (_, stream) => ({ offset: stream * bytes + offset })),
    )
    return [
      zeros.set([...simd(0x0c), ...new Array<number>(16).fill(0)]),
      ...whileTrue(
        left.get,
        ...places.map(({ offset }) => v128.store(at.get, zeros.get, offset)),
        advance(at, i32.const(64)),
        left.set(i32.sub(left.get, i32.const(16))),
      ),
    ]
  })

/** A step stores so many streams. */
const storing = (streams: number): Contestant => {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((streams * bytes) / 65536) })
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(kernel(streams)), importsOf(memory)).exports
  return { name: storesOf(streams), step: () => (run as (left: number) => void)(shape.size) }
}

const storesOf = (streams: number): string => `${streams} stores`
const [PLAIN, AHEAD] = ['SGDM', 'SGDM ahead']

/** The stores alone, and SGDM. */
export const raceStores = (budget: Budget): Promise<Medians> =>
  race(
    [
      ...[2, 3].map(storing),
      training(PLAIN, sgd(1e-3, { momentum: 0.9 }), shape),
      training(AHEAD, sgd(1e-3, { momentum: 0.9, predictSteps: 1 }), shape),
    ].map(alone),
    budget,
  )

export const storesText = `On one leaf in the processor’s caches, ${shapeText(shape)}: milliseconds for storing two and three numbers a parameter, nothing else, and for the step of SGDM that stores as many, behind its gradient.`

export const storesTable = (medians: Medians): string => {
  const row = (name: string, two: number, three: number): string[] => [
    name,
    milliseconds(two),
    milliseconds(three),
    ratio(three / two),
  ]
  return table(
    ['', 'two', 'three', 'ratio'],
    [
      row('stores alone', medians[storesOf(2)]!, medians[storesOf(3)]!),
      row('SGDM, plain and ahead', medians[PLAIN]!, medians[AHEAD]!),
    ],
  )
}
