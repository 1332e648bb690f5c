import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const BLOCK = 512

/**
 * Writes the files of a tar archive below `folder`, with their modes.
 *
 * Only what the archives of our test devices hold: plain files and folders with names under 100 bytes.
 */
export const untar = (archive: Uint8Array, folder: string): void => {
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const { name, mode, size, isFile } = readHeader(archive.subarray(at, at + BLOCK))
    if (name === '') return
    const start = at + BLOCK
    if (isFile) writeEntry(join(folder, name), archive.subarray(start, start + size), mode)
    at = start + Math.ceil(size / BLOCK) * BLOCK
  }
}

const readHeader = (header: Uint8Array) => ({
  name: readText(header, 0, 100),
  mode: readOctal(header, 100, 8),
  size: readOctal(header, 124, 12),
  isFile: ['', '0'].includes(readText(header, 156, 1)),
})

const readText = (header: Uint8Array, start: number, length: number): string =>
  new TextDecoder().decode(header.subarray(start, start + length)).replace(/\0.*$/s, '')

const readOctal = (header: Uint8Array, start: number, length: number): number =>
  Number.parseInt(readText(header, start, length).trim() || '0', 8)

const writeEntry = (path: string, bytes: Uint8Array, mode: number): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  chmodSync(path, mode)
}
