import { type Digits, pixels } from '../mnist/digits.ts'

/** All digits of the example. */
export interface AllDigits {
  readonly training: Digits
  readonly test: Digits
}

/**
 * Digits as bytes: the two counts (uint32, little-endian), then a byte a label, then a byte a pixel.
 *
 * The package's pixels are 256 shades written with three decimals; rounding finds the shade again.
 */
export const pack = ({ training, test }: AllDigits): Uint8Array<ArrayBuffer> => {
  const count = training.count + test.count
  const bytes = new Uint8Array(headerBytes + count * (1 + pixels))
  const header = new DataView(bytes.buffer)
  header.setUint32(0, training.count, true)
  header.setUint32(4, test.count, true)
  bytes.set(training.labels, headerBytes)
  bytes.set(test.labels, headerBytes + training.count)
  const images = bytes.subarray(headerBytes + count)
  images.set(shades(training.images))
  images.set(shades(test.images), training.images.length)
  return bytes
}

export const unpack = (buffer: ArrayBuffer): AllDigits => {
  const header = new DataView(buffer)
  const [training, test] = [header.getUint32(0, true), header.getUint32(4, true)]
  const labels = Int32Array.from(new Uint8Array(buffer, headerBytes, training + test))
  const images = Float32Array.from(new Uint8Array(buffer, headerBytes + training + test), (shade) => shade / 255)
  const all = { count: training + test, images, labels }
  return { training: slice(all, 0, training), test: slice(all, training, training + test) }
}

/** The digits from number `start` up to number `end`, without copying them. */
export const slice = ({ images, labels }: Digits, start: number, end: number): Digits => {
  const part = labels.subarray(start, end)
  return { count: part.length, images: images.subarray(start * pixels, end * pixels), labels: part }
}

const headerBytes = 8

const shades = (images: Float32Array): Uint8Array => Uint8Array.from(images, (ink) => Math.round(ink * 255))
