import { runCommand } from '../flags.ts'
import { command, toFlags } from './flags.ts'
import { PoolError } from './pool.ts'
import { StoreError } from './store.ts'
import { type Outcome, study } from './study.ts'

/**
 * Whether AdamW gains by looking ahead: the study that docs/study/plan.md fixed before it ran.
 *
 *     npm run study -- --help
 */
const main = (args: readonly string[]): Promise<number> =>
  runCommand(command, args, async (values) => {
    try {
      return exitCodes[await study(toFlags(values))]
    } catch (error) {
      if (!isForUser(error)) throw error
      console.error(error.message)
      return 1
    }
  })

/** What the user can mend needs no stack; anything else is ours to mend and shows where it happened. */
const isForUser = (error: unknown): error is Error =>
  error instanceof PoolError ||
  error instanceof StoreError ||
  (error instanceof Error && 'syscall' in error && 'path' in error)

/** 130 is what a shell reports of a command that Ctrl-C ended. */
const exitCodes: Readonly<Record<Outcome, number>> = { finished: 0, nothing: 1, interrupted: 130 }

process.exitCode = await main(process.argv.slice(2))
