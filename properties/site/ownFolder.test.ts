import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { whyNotOwn } from '../../docs/site/ownFolder.ts'

test('a site is written to a new folder, to an empty one and over an old site, and over nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'foregrad-own-'))
  expect(whyNotOwn(folder)).toBe(undefined)
  expect(whyNotOwn(join(folder, 'new'))).toBe(undefined)
  mkdirSync(join(folder, 'lib'))
  expect(whyNotOwn(folder)).toContain('got one with other files')
  writeFileSync(join(folder, 'hashmap.json'), '{}')
  expect(whyNotOwn(folder)).toBe(undefined)
  expect(whyNotOwn('')).toContain('got nothing')
  expect(whyNotOwn('.')).toContain('got one with other files')
  rmSync(folder, { recursive: true })
})
