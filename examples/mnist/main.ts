import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { ForegradError } from '../../lib/index.ts'
import { refuse, runCommand } from '../flags.ts'
import { compare } from './compare.ts'
import { command, type Flags, toFlags } from './flags.ts'

/**
 * Trains a network on real handwritten digits with an optimizer and with the same optimizer looking ahead.
 *
 *     npm start -- --help
 */
const main = (args: readonly string[]): Promise<number> => runCommand(command, args, (values) => train(toFlags(values)))

const train = async (flags: Flags): Promise<number> => {
  const fault = outputFault(flags.output)
  if (fault !== undefined) return refuse([fault])
  try {
    return (await compare(flags)) === 'interrupted' ? exitCodes.interrupted : exitCodes.finished
  } catch (error) {
    // What the user can mend needs no stack; anything else is ours to mend and shows where it happened.
    if (!(error instanceof ForegradError)) throw error
    console.error(error.message)
    return exitCodes.failed
  }
}

/** Tries the picture's path now: after a minute of training it would be a pity to find it closed. */
const outputFault = (output: string): string | undefined => {
  try {
    mkdirSync(dirname(output), { recursive: true })
    closeSync(openSync(output, 'a'))
    return undefined
  } catch (error) {
    return `--output: expected a path that can be written, got '${output}' (${(error as NodeJS.ErrnoException).code}).`
  }
}

/** 130 is what a shell reports of a command that Ctrl-C ended. */
const exitCodes = { finished: 0, failed: 1, interrupted: 130 }

process.exitCode = await main(process.argv.slice(2))
