#!/usr/bin/env node
/** The command `foregrad`: optimizers as Python source, as formulas, and what they cost. */
import { readFile } from 'node:fs/promises'
import { main } from './cli/node/main.ts'
import * as names from './core.ts'

/** The nearest package.json above this file: the package is run from its sources, too. */
const versionAbove = async (folder: URL): Promise<string> => {
  const text = await readFile(new URL('package.json', folder), 'utf8').catch(() => undefined)
  return text === undefined ? versionAbove(new URL('../', folder)) : JSON.parse(text).version
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Who reads the output may stop before its end.
  if (error.code !== 'EPIPE') throw error
})
const version = await versionAbove(new URL('./', import.meta.url))
const { code, out, err } = await main(process.argv.slice(2), { names, version, folder: process.cwd() })
process.stdout.write(out)
process.stderr.write(err)
process.exitCode = code
