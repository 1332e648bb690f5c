import { type FlagValues, isGiven, pathEnding, wholeFrom } from '../flags.ts'
import type { Plan } from './plan.ts'

/** What the command line asks for. */
export interface Flags {
  readonly plan: Plan
  /** Trains nothing, writes the report of what there is. */
  readonly reportOnly: boolean
  readonly workers: number
  /** The file of results, JSON lines. */
  readonly results: string
  /** The report; its pictures go to a folder beside it, of the same name without .md. */
  readonly output: string
}

const table = {
  quick: { help: 'a fifth of the steps, few seeds and rates: some minutes, to see that it works', ...isGiven },
  primary: { help: 'only the primary question, without what is exploratory', ...isGiven },
  report: { help: 'train nothing; write the report of the results there are', ...isGiven },
  workers: { help: 'processes that train', ...wholeFrom(1, 2, 64) },
  results: {
    help: 'results, kept and found again (default: docs/study/runs.jsonl; with --quick out/study/quick.jsonl)',
    ...pathEnding('.jsonl', undefined),
  },
  output: {
    help: 'the report (default: docs/study.md; with --quick out/study/quick.md)',
    ...pathEnding('.md', undefined),
  },
}

const about = `Asks whether AdamW gains by looking 0 to 3 steps ahead, as docs/study/plan.md says: three tasks, rates tuned
on seeds of their own, twenty seeds judged on test data. Ctrl-C ends it, the same command goes on from there, and
several at once share the work.`

/** The command line of `npm run study`. */
export const command = { name: 'study', about, table }

/** What a command line asks for, with what is left out filled in. */
export const toFlags = (values: FlagValues<typeof table>): Flags => {
  const { quick, primary, report, workers } = values
  return {
    plan: { primaryOnly: primary, quick },
    reportOnly: report,
    workers,
    results: values.results ?? (quick ? 'out/study/quick.jsonl' : 'docs/study/runs.jsonl'),
    output: values.output ?? (quick ? 'out/study/quick.md' : 'docs/study.md'),
  }
}
