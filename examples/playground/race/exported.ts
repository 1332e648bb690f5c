/** A race as files: its numbers as JSON, its picture as SVG. */
import type { BackendInfo } from '../../../lib/index.ts'
import { lineChart } from '../../plot/lineChart.ts'
import type { Racer } from './racer.ts'
import { smoothed, window } from './smoothed.ts'
import { type TaskName, taskAbout, taskTitles } from './words.ts'

export interface Run {
  readonly task: TaskName
  readonly seed: number
  readonly step: number
  readonly backend: BackendInfo | undefined
  readonly racers: readonly Racer[]
}

/** Everything that was seen of a race. JSON has no NaN and no infinity: a loss that is none is null. */
export const jsonOf = ({ task, seed, step, backend, racers }: Run): string =>
  `${JSON.stringify(
    {
      task,
      about: taskAbout[task],
      seed,
      steps: step,
      backend,
      chains: racers.map(({ chain, losses, stepTimes, accuracies, error }) => ({
        chain,
        losses,
        accuracies,
        millisecondsPerStep: stepTimes,
        ...(error !== undefined && { error }),
      })),
    },
    null,
    1,
  )}\n`

/** The loss curves, on white. */
export const svgOf = ({ task, seed, backend, racers }: Run, names: readonly string[]): string =>
  lineChart({
    title: taskTitles[task],
    note: `${backend?.backend ?? ''}, seed ${seed}; training loss, mean of the last ${window} steps`,
    xLabel: 'step',
    yLabel: 'training loss (cross entropy, nats)',
    yScale: 'log',
    series: racers.map(({ losses }, i) => ({ name: names[i] as string, points: smoothed(losses) })),
  })

/** Gives the reader a file, from the page itself. */
export const save = (name: string, type: string, text: string): void => {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 1000)
}
