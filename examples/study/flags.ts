import { type FlagValues, isGiven, pathEnding, someOf, wholeFrom } from '../flags.ts'
import { fullPlan, type Plan } from './runs.ts'
import { type OptimizerName, optimizerNames, type TaskName, tasks } from './tasks.ts'

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

const taskNames = tasks.map(({ name }) => name)

const table = {
  quick: { help: 'half the steps, two learning rates and three seeds: a few minutes', ...isGiven },
  report: { help: 'train nothing; write the report of the results there are', ...isGiven },
  tasks: { help: `of ${taskNames.join(',')} (default: all)`, ...someOf<TaskName, undefined>(taskNames, undefined) },
  optimizers: {
    help: `of ${optimizerNames.join(',')} (default: all)`,
    ...someOf<OptimizerName, undefined>(optimizerNames, undefined),
  },
  seeds: { help: 'trainings of each kind (default: 5; 3 with --quick)', ...wholeFrom(1, undefined, 1000) },
  workers: { help: 'processes that train', ...wholeFrom(1, 2, 64) },
  results: {
    help: 'where results are kept and found again (default: out/study/standard.jsonl, or quick.jsonl)',
    ...pathEnding('.jsonl', undefined),
  },
  output: {
    help: 'the report (default: docs/study.md; out/study/quick.md or part.md where it is not the whole study)',
    ...pathEnding('.md', undefined),
  },
}

const about = `Trains four small networks by four optimizers, with the gradient taken 0, 1, 2 and 3 steps ahead, on a grid of learning
rates and several seeds, and writes down what the forecast does. Ctrl-C ends it; the same command goes on from there.`

/** The command line of `npm run study`. */
export const command = { name: 'study', about, table }

/** What a command line asks for, with what is left out filled in. */
export const toFlags = (values: FlagValues<typeof table>): Flags => {
  const { quick, report, workers } = values
  const plan: Plan = {
    tasks: chosen(values.tasks, fullPlan.tasks),
    optimizers: chosen(values.optimizers, fullPlan.optimizers),
    seeds: values.seeds ?? (quick ? 3 : fullPlan.seeds),
    quick,
  }
  return {
    plan,
    reportOnly: report,
    workers,
    results: values.results ?? `out/study/${quick ? 'quick' : 'standard'}.jsonl`,
    output: values.output ?? defaultOutput(plan),
  }
}

/** In the table's order, each once. */
const chosen = <Name extends TaskName | OptimizerName>(
  given: readonly Name[] | undefined,
  all: readonly Name[],
): readonly Name[] => all.filter((name) => given?.includes(name) ?? true)

/** Only the whole study may replace the page that the documentation links to. */
const defaultOutput = ({ tasks, optimizers, seeds, quick }: Plan): string => {
  if (quick) return 'out/study/quick.md'
  const whole =
    tasks.length === fullPlan.tasks.length &&
    optimizers.length === fullPlan.optimizers.length &&
    seeds >= fullPlan.seeds
  return whole ? 'docs/study.md' : 'out/study/part.md'
}
