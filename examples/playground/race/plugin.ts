import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'
import { loadDigits } from '../../mnist/digits.ts'
import { loadBook } from '../../text/book.ts'
import { pack } from '../../web/packing.ts'
import { packBook } from './bookFile.ts'

/** So much of the book is gone through in one race; the whole of it would be a megabyte more to load. */
const letters = { training: 300_000, validation: 30_000 }

/** Puts beside the page what a race loads: the digits, a part of a book, and tfjs's `.wasm` files. */
export const racePlugin = (): Plugin => ({
  name: 'foregrad race',
  apply: 'build',
  generateBundle() {
    const put = (fileName: string, source: Uint8Array): void => {
      this.emitFile({ type: 'asset', fileName: `race/${fileName}`, source })
    }
    // Packed here and unpacked by the page, so that it needs no server that packs.
    put('digits.bin', gzipSync(pack(loadDigits()), { level: 9 }))
    const { training, validation } = loadBook()
    const part = {
      training: training.subarray(0, letters.training),
      validation: validation.subarray(0, letters.validation),
    }
    put('book.bin', gzipSync(packBook(part), { level: 9 }))
    const dist = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))
    for (const name of readdirSync(dist).filter((file) => file.endsWith('.wasm')))
      put(name, readFileSync(join(dist, name)))
  },
})
