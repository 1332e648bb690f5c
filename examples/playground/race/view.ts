/** The race: the chains train one model live, on WebGPU or WASM. */
import { readChain } from '../chain/read.ts'
import type { Store } from '../chain/store.ts'
import { letters, titleOf } from '../composer/composer.ts'
import { button, fill, h, pair } from '../dom/element.ts'
import { drawChart } from './chart.ts'
import type { BackendInfo } from './engine.ts'
import { remote } from './remote.ts'
import { smoothed, window as smoothing } from './smoothed.ts'
import { type Racer, type TaskName, taskAbout, taskLosses, taskNames, taskTitles } from './words.ts'

const backends = ['auto', 'webgpu', 'wasm'] as const
type Wish = (typeof backends)[number]

const backendTitles: Readonly<Record<Wish, string>> = { auto: 'Auto', webgpu: 'WebGPU', wasm: 'WASM' }

/** Rounds: a machine that gets slower shows it soon. */
const timeWindow = 25

const percent = (share: number): string => `${(100 * share).toFixed(2)}\u202f%`

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number

const lossText = (losses: readonly number[]): string => lossShown(smoothed(losses.slice(-2 * smoothing)).at(-1)?.[1])

const lossShown = (loss: number | undefined): string => {
  if (loss === undefined) return '–'
  return Number.isFinite(loss) ? loss.toFixed(4) : 'diverged'
}

const backendText = ({ backend, adapter, simd, threads, fused }: BackendInfo): string =>
  [
    { webgpu: 'WebGPU', wasm: 'WASM', cpu: 'plain JavaScript' }[backend],
    ...(adapter ? [adapter] : []),
    ...(simd ? ['SIMD'] : []),
    ...(threads > 1 ? [`${threads} threads`] : []),
    fused ? 'fused optimizer steps' : 'optimizer steps op by op',
  ].join(' · ')

export const raceView = (store: Store) => {
  const control = remote()
  let racers: readonly Racer[] = []
  let [step, steps] = [0, 1]
  let info: BackendInfo | undefined
  let running: { readonly task: TaskName; readonly seed: number; readonly chains: readonly string[] } | undefined

  const task = (): TaskName => taskNames.find((name) => name === store.get().own.task) ?? 'digits'
  const wish = (): Wish => backends.find((name) => name === store.get().own.backend) ?? 'auto'
  const seed = (): number => Math.max(0, Math.trunc(Number(store.get().own.seed ?? 0))) || 0
  const keep = (own: Readonly<Record<string, string>>): void =>
    store.set({ own: { ...store.get().own, ...own } }, 'view')

  // What is on the screen

  const cards = h('div', { class: 'racers' })
  const canvas = h('canvas', { class: 'chart', role: 'img' })
  const caption = h('figcaption', { class: 'fact' })
  const status = h('span', { role: 'status', class: 'race-status' })
  const counter = h('span', { class: 'fact' })
  const backend = h('p', { class: 'fact' })
  const why = h('ul', { class: 'fact why' })
  const about = h('p', { class: 'fact' })

  const say = (text: string): void => {
    status.textContent = text
    canvas.setAttribute('aria-label', `Training loss of all chains, step by step. ${text}`)
  }
  const cardOf = (text: string, i: number): HTMLElement => {
    const racer = racers[i]
    const accuracy = racer?.accuracies.at(-1)?.accuracy
    return h(
      'article',
      { class: `racer colour-${i}` },
      h('h3', {}, `${letters[i]} ${titleOf(text)}`),
      h('p', { class: 'accuracy' }, accuracy === undefined ? '–' : percent(accuracy)),
      h('p', { class: 'fact' }, task() === 'digits' ? 'test accuracy' : 'next letters right'),
      h(
        'dl',
        {},
        h('div', {}, h('dt', {}, 'training loss'), h('dd', { class: 'loss' }, lossText(racer?.losses ?? []))),
        h(
          'div',
          {},
          h('dt', {}, 'a step'),
          h(
            'dd',
            { class: 'time' },
            racer && racer.stepTimes.length > 0 ? `${median(racer.stepTimes.slice(-timeWindow)).toFixed(1)} ms` : '–',
          ),
        ),
      ),
      racer?.error === undefined ? undefined : h('p', { class: 'error' }, racer.error),
    )
  }
  const paint = (): void => {
    fill(cards, ...(running?.chains ?? store.get().chains).map(cardOf))
    counter.textContent = `step ${step.toLocaleString('en-US')} of ${steps.toLocaleString('en-US')}`
    const curves = racers.map(({ losses }, i) => ({ losses, colour: `--chain-${i}` }))
    const readout = drawChart(canvas, curves, steps, taskLosses[running?.task ?? task()], pointer)
    const texts = readout?.losses.map((loss, i) => `${letters[i]} ${lossShown(loss)}`) ?? []
    caption.textContent = readout
      ? [`step ${readout.step.toLocaleString('en-US')}`, ...texts].join(' · ')
      : `Training loss, mean of the last ${smoothing} steps`
  }

  /** Where the pointer is over the chart, from its left: the caption tells the losses there. */
  let pointer: number | undefined
  canvas.addEventListener('pointermove', ({ offsetX }) => {
    pointer = offsetX
    paint()
  })
  canvas.addEventListener('pointerleave', () => {
    pointer = undefined
    paint()
  })

  // The race itself

  const run = async (): Promise<void> => {
    const { chains } = store.get()
    const [name, number] = [task(), seed()]
    running = { task: name, seed: number, chains }
    racers = []
    step = 0
    paint()
    say('Loading …')
    const engine = await import('./engine.ts')
    const [made] = await Promise.all([
      engine.loadTask(name, number),
      engine.open(wish()).then((opened) => {
        info = opened
        backend.textContent = backendText(opened)
        fill(why, ...opened.why.map((text) => h('li', {}, text)))
      }),
    ])
    if (control.isRestarted()) return
    steps = made.steps
    racers = chains.map((text) => engine.enter(text, readChain(text), made, number))
    setPause('Pause', true)
    say('Racing')
    try {
      for await (const now of engine.race(racers, made)) {
        step = now
        paint()
        await control.turn()
        if (control.isRestarted()) return
        if (racers.every(({ error }) => error !== undefined)) break
      }
    } finally {
      for (const { leave } of racers) leave()
    }
    const best = racers.map(({ accuracies }) => accuracies.at(-1)?.accuracy)
    say(`Finished with ${best.map((x, i) => `${letters[i]} ${x === undefined ? '–' : percent(x)}`).join(', ')}`)
  }

  /** Runs a race after another: the next one begins when somebody restarts. */
  const loop = async (): Promise<void> => {
    for (;;) {
      start.textContent = 'Restart'
      try {
        await run()
      } catch (error) {
        say(error instanceof Error ? error.message : String(error))
      }
      setPause('Pause', false)
      await control.nextStart()
    }
  }

  // The buttons. One that can do nothing stays where it is: whoever has it in focus keeps their place.

  let isLooping = false
  const start = button(
    'Start',
    () => {
      if (isLooping) control.restart()
      else {
        isLooping = true
        void loop()
      }
    },
    { class: 'primary', id: 'race-start' },
  )
  const pause = button(
    'Pause',
    () => {
      if (pause.getAttribute('aria-disabled') === 'true') return
      if (control.isPaused()) control.resume()
      else control.pause()
      setPause(control.isPaused() ? 'Resume' : 'Pause', true)
      say(control.isPaused() ? 'Paused' : 'Racing')
    },
    { id: 'race-pause', 'aria-disabled': 'true' },
  )
  const setPause = (text: 'Pause' | 'Resume', works: boolean): void => {
    pause.textContent = text
    pause.setAttribute('aria-disabled', String(!works))
  }
  const saveAs = (kind: 'json' | 'svg') => async (): Promise<void> => {
    if (!running || racers.length === 0) {
      say('There is nothing to save yet.')
      return
    }
    const { jsonOf, save, svgOf } = await import('./exported.ts')
    const seen = { ...running, step, backend: info, racers }
    const names = running.chains.map((text, i) => `${letters[i]} ${titleOf(text)}`)
    if (kind === 'json') save('race.json', 'application/json', jsonOf(seen))
    else save('race.svg', 'image/svg+xml', svgOf(seen, names))
  }

  const taskChoice = h(
    'select',
    { id: 'task', onchange: () => keep({ task: taskChoice.value }) },
    ...taskNames.map((name) => h('option', { value: name }, taskTitles[name])),
  )
  const backendChoice = h(
    'select',
    { id: 'backend', onchange: () => keep({ backend: backendChoice.value }) },
    ...backends.map((name) => h('option', { value: name }, backendTitles[name])),
  )
  const seedChoice = h('input', {
    id: 'seed',
    type: 'number',
    min: 0,
    step: 1,
    onchange: () => keep({ seed: String(Math.max(0, Math.trunc(Number(seedChoice.value)) || 0)) }),
  })

  const element = h(
    'div',
    { class: 'race' },
    h(
      'section',
      { class: 'stand', 'aria-labelledby': 'h-race' },
      h('h2', { id: 'h-race', class: 'unseen' }, 'The race'),
      h(
        'div',
        { class: 'line' },
        pair(h('label', { for: 'task' }, 'Task'), taskChoice),
        pair(h('label', { for: 'backend' }, 'Backend'), backendChoice),
        pair(h('label', { for: 'seed' }, 'Seed'), seedChoice),
      ),
      about,
      cards,
      h('figure', {}, caption, canvas),
      h('div', { class: 'transport' }, start, pause, status, counter),
      h(
        'div',
        { class: 'transport' },
        button('Save as JSON', () => void saveAs('json')()),
        button('Save the picture as SVG', () => void saveAs('svg')()),
      ),
      backend,
      why,
    ),
  )
  new ResizeObserver(paint).observe(canvas)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint)

  return {
    element,
    show: (): void => {
      taskChoice.value = task()
      backendChoice.value = wish()
      seedChoice.value = String(seed())
      about.textContent = taskAbout[task()]
      if (!isLooping) say('Start when you like: the chains begin from the same weights, and see the same batches.')
      else if (
        running &&
        JSON.stringify(running) !== JSON.stringify({ task: task(), seed: seed(), chains: store.get().chains })
      )
        say('Something else is chosen now: restart to race it.')
      paint()
    },
    /** A race that nobody sees would only cost power. */
    leave: (): void => {
      if (pause.getAttribute('aria-disabled') === 'true' || control.isPaused()) return
      control.pause()
      setPause('Resume', true)
      say('Paused')
    },
  }
}
