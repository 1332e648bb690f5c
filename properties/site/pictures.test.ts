import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { rawFiles } from '../../docs/site/pages.ts'
import { sizeOf } from '../../docs/site/pictures.ts'

const docs = (file: string): Uint8Array => readFileSync(new URL(`../../docs/${file}`, import.meta.url))

test('a picture says how large it is: SVG by its box, PNG and WebP by their heads', () => {
  expect(sizeOf(docs('trajectory.svg'))).toEqual([560, 400])
  expect(sizeOf(docs('pictures/path-light.webp'))).toEqual([1280, 800])
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAEklEQVR42mNk+M9QDwADhgGAXzB3iwAAAABJRU5ErkJggg=='
  expect(sizeOf(Buffer.from(png, 'base64'))).toEqual([2, 3])
  const lossless = 'UklGRhoAAABXRUJQVlA4TA0AAAAvAYAAEAcQERGIiP4HAA=='
  expect(sizeOf(Buffer.from(lossless, 'base64'))).toEqual([2, 3])
  expect(sizeOf(Buffer.from('no picture'))).toBe(undefined)
})

test('the pictures of README are there, small, of a whole screen, in both colours, by addresses that hold anywhere', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const named = [...readme.matchAll(/ src(?:set)?="([^"]+)"/g)].map(([, address]) => address!)
  const files = readdirSync(new URL('../../docs/pictures', import.meta.url))
  expect(named.sort()).toEqual(files.map((file) => `${rawFiles}docs/pictures/${file}`).sort())
  expect(named.length).toBe(6)
  for (const file of files) {
    expect([file, sizeOf(docs(`pictures/${file}`))]).toEqual([file, [1280, 800]])
    expect(docs(`pictures/${file}`).length).toBeLessThan(60_000)
  }
})
