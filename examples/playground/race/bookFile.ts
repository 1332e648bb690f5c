import type { Book } from '../../text/book.ts'

/** A book as bytes: how many tokens are for training (uint32, little-endian), then a byte a token. */
export const packBook = ({ training, validation }: Book): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(4 + training.length + validation.length)
  new DataView(bytes.buffer).setUint32(0, training.length, true)
  bytes.set(training, 4)
  bytes.set(validation, 4 + training.length)
  return bytes
}

export const unpackBook = (buffer: ArrayBuffer): Book => {
  const length = new DataView(buffer).getUint32(0, true)
  return { training: new Uint8Array(buffer, 4, length), validation: new Uint8Array(buffer, 4 + length) }
}
