import { median } from 'simple-statistics'
import type { BackendInfo } from '../../../lib/index.ts'
import { smoothed } from '../../mnist/report.ts'
import { drawChart } from './chart.ts'

/** What is shown of one contender. */
export interface Shown {
  readonly name: string
  readonly losses: readonly number[]
  /** Milliseconds. */
  readonly stepTimes: readonly number[]
  readonly accuracy: number | undefined
}

export const find = <E extends Element>(selector: string): E => document.querySelector<E>(selector)!

/** Said to those who hear the page, too: only what is worth a word. */
export const showStatus = (text: string): void => {
  find('#status').textContent = text
  find('#chart').setAttribute('aria-label', `Training loss of both trainings, step by step. ${text}`)
}

export const showStep = (step: number, steps: number): void => {
  find('#step').textContent = `step ${step.toLocaleString('en-US')} of ${steps.toLocaleString('en-US')}`
}

export const showContenders = (contenders: readonly Shown[]): void => {
  document.querySelectorAll('.contender').forEach((card, i) => {
    const { name, losses, stepTimes, accuracy } = contenders[i]!
    const put = (part: string, text: string) => {
      card.querySelector(`.${part}`)!.textContent = text
    }
    put('name', name)
    put('accuracy', accuracy === undefined ? '–' : percent(accuracy))
    put('loss', lossText(losses))
    put('time', stepTimes.length === 0 ? '–' : `${median(stepTimes.slice(-timeWindow)).toFixed(1)} ms`)
  })
}

/** Where the pointer is over the chart, from its left. */
let pointer: number | undefined

/** Has the curves redrawn where the pointer goes, with what they are there. */
export const followPointer = (redraw: () => void): void => {
  const move = (to: number | undefined) => {
    pointer = to
    redraw()
  }
  const chart = find<HTMLCanvasElement>('#chart')
  chart.addEventListener('pointermove', ({ offsetX }) => move(offsetX))
  chart.addEventListener('pointerleave', () => move(undefined))
}

export const showCurves = (contenders: readonly Shown[], steps: number): void => {
  const curves = contenders.map(({ losses }, i) => ({ losses, colour: colours[i]! }))
  const readout = drawChart(find('#chart'), curves, steps, pointer)
  const texts = readout?.losses.map((loss, i) => `${contenders[i]!.name}: ${lossShown(loss)}`) ?? []
  find('#readout').textContent = readout
    ? [`step ${readout.step.toLocaleString('en-US')}`, ...texts].join(' · ')
    : 'Training loss, mean of the last 25 steps'
}

/** Without a backend yet, nothing. */
export const showBackend = (info: BackendInfo | undefined): void => {
  find('#backend').textContent = info ? backendText(info) : '…'
  find('#why').replaceChildren(...(info?.why ?? []).map(listItem))
}

const colours = ['--plain', '--ahead']

/** Rounds: a machine that gets slower shows it soon. */
const timeWindow = 25

export const percent = (share: number): string => `${(100 * share).toFixed(2)}\u202f%`

const lossText = (losses: readonly number[]): string => {
  return lossShown(smoothed(losses.slice(-shownMean)).at(-1)?.[1])
}

const lossShown = (loss: number | undefined): string => {
  if (loss === undefined) return '–'
  return Number.isFinite(loss) ? loss.toFixed(4) : 'diverged'
}

/** As many as the smoothing looks back. */
const shownMean = 25

const backendText = ({ backend, adapter, simd, threads, fused }: BackendInfo): string =>
  [
    { webgpu: 'WebGPU', wasm: 'WASM', cpu: 'plain JavaScript' }[backend],
    ...(adapter ? [adapter] : []),
    ...(simd ? ['SIMD'] : []),
    ...(threads > 1 ? [`${threads} threads`] : []),
    fused ? 'fused optimizer steps' : 'optimizer steps op by op',
  ].join(' · ')

const listItem = (text: string): HTMLLIElement => {
  const item = document.createElement('li')
  item.textContent = text
  return item
}
