import '../../../lib/gradients.ts'
import { type BackendInfo, ForegradError, releaseBackend, useBackend } from '../../../lib/index.ts'
import type { AllDigits } from '../packing.ts'
import { type Choices, choicesOf } from './choices.ts'
import { contest } from './contest.ts'
import { enter, model, namesOf } from './entrants.ts'
import { fetchDigits } from './fetchDigits.ts'
import { remote } from './remote.ts'
import {
  find,
  followPointer,
  percent,
  type Shown,
  showBackend,
  showContenders,
  showCurves,
  showStatus,
  showStep,
} from './view.ts'

/** The page: trains by the form's choices, and again whenever they change or somebody wants to see it again. */
const main = async (): Promise<never> => {
  for (;;) {
    try {
      await run(choices.read())
    } catch (error) {
      opened = undefined
      setButton('Pause', false)
      showStatus(error instanceof Error ? error.message : String(error))
      // What the reader can mend is told in the page; anything else is ours to mend.
      if (!(error instanceof ForegradError)) console.error(error)
    }
    await control.nextStart()
  }
}

const run = async (chosen: Choices): Promise<void> => {
  const names = namesOf(chosen)
  show(names.map((name) => ({ name, losses: [], stepTimes: [], accuracy: undefined })))
  setButton('Pause', false)
  showStatus('Loading 10,000 handwritten digits …')
  const [{ training, test }] = await Promise.all([loadDigits(), open(chosen.backend)])
  if (!control.isRestarted()) await train(chosen, { training, test })
}

const train = async (chosen: Choices, { training, test }: AllDigits): Promise<void> => {
  const course = { digits: training, ...pace }
  const contenders = enter(chosen, steps, course.seed)
  let accuracies: readonly number[] = []
  setButton('Pause', true)
  showStatus('Training')
  try {
    for await (const standing of contest({ model, contenders, course, test })) {
      accuracies = standing.accuracies ?? accuracies
      show(
        contenders.map((seen, i) => ({ ...seen, accuracy: accuracies[i] })),
        standing.step,
      )
      await control.turn()
      if (control.isRestarted()) return
    }
  } finally {
    for (const { leave } of contenders) leave()
  }
  setButton('Pause', false)
  showStatus(`Finished with ${accuracies.map(percent).join(' and ')}`)
}

// The backend, kept from training to training unless another one is chosen

let opened: { readonly wish: Choices['backend']; readonly info: BackendInfo } | undefined

const open = async (wish: Choices['backend']): Promise<void> => {
  if (opened?.wish === wish) return
  showBackend(undefined)
  opened = undefined
  await releaseBackend()
  // Named first, webgpu may be a software adapter; where there is none at all, wasm does it.
  const prefer = { auto: undefined, webgpu: ['webgpu', 'wasm'], wasm: ['wasm'] } as const
  const chosen = prefer[wish]
  const info = await useBackend({ wasmPaths: './', ...(chosen && { prefer: chosen }) })
  opened = { wish, info }
  showBackend(info)
}

// The digits, fetched once

let digits: Promise<AllDigits> | undefined

const loadDigits = async (): Promise<AllDigits> => {
  digits ??= fetchDigits('digits.bin')
  try {
    return await digits
  } catch (error) {
    digits = undefined
    throw error
  }
}

// What is on the screen

/** How the 8,000 digits are gone through. */
const pace = { batch: 64, epochs: 8, seed: 0 }
const steps = pace.epochs * Math.floor(8000 / pace.batch)
let shown: { readonly contenders: readonly Shown[]; readonly step: number } = { contenders: [], step: 0 }

const show = (contenders: readonly Shown[], step = 0): void => {
  shown = { contenders, step }
  showContenders(contenders)
  showStep(step, steps)
  showCurves(contenders, steps)
}

const redraw = (): void => showCurves(shown.contenders, steps)

// The buttons. One that can do nothing stays where it is: whoever has it in focus keeps their place.

const control = remote()
const pauseButton = find<HTMLButtonElement>('#pause')

const setButton = (text: 'Pause' | 'Resume', works: boolean): void => {
  pauseButton.textContent = text
  pauseButton.setAttribute('aria-disabled', String(!works))
}

const togglePause = (): void => {
  if (pauseButton.getAttribute('aria-disabled') === 'true') return
  if (control.isPaused()) control.resume()
  else control.pause()
  setButton(control.isPaused() ? 'Resume' : 'Pause', true)
  showStatus(control.isPaused() ? 'Paused' : 'Training')
}

pauseButton.addEventListener('click', togglePause)
find('#restart').addEventListener('click', control.restart)
const choices = choicesOf(find('form'), control.restart)
new ResizeObserver(redraw).observe(find('#chart'))
followPointer(redraw)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)

await main()
