/** The path: up to four chains walk over a landscape of two numbers from one start. */
import type { Store } from '../chain/store.ts'
import { letters, titleOf } from '../composer/composer.ts'
import { fill, h, pair, signButton } from '../dom/element.ts'
import { icon } from '../dom/icon.ts'
import { draw, frameOf } from './drawing.ts'
import { isLandscape, type Landscape, type LandscapeName, landscapes, type Point } from './landscapes.ts'
import type { Walk } from './walk.ts'
import type { Answered, Asked } from './worker.ts'

const stepChoices = [25, 50, 100, 200, 400] as const

/** Short enough to be read while it changes. */
const short = (x: number): string => {
  if (!Number.isFinite(x)) return String(x)
  const size = Math.abs(x)
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? x.toExponential(3) : String(Number(x.toPrecision(5)))
}

const pointText = ([x, y]: Point): string => `${short(x)}, ${short(y)}`

const startIn = (text: string | undefined, land: Landscape): Point => {
  const [x, y] = (text ?? '').split(',').map(Number)
  return text !== undefined && Number.isFinite(x) && Number.isFinite(y) ? [x as number, y as number] : land.start
}

export const pathView = (store: Store) => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  let walks: readonly (Walk | undefined)[] = []
  /** The step that is looked at; the last one until somebody says otherwise. */
  let step = Number.POSITIVE_INFINITY

  // What is shown, from the address

  const landName = (): LandscapeName => {
    const { land } = store.get().own
    return isLandscape(land) ? land : 'valley'
  }
  const steps = (): number => stepChoices.find((count) => String(count) === store.get().own.steps) ?? 100
  const start = (): Point => startIn(store.get().own.start, landscapes[landName()])
  const keep = (own: Readonly<Record<string, string>>): void =>
    store.set({ own: { ...store.get().own, ...own } }, 'view')
  const setStart = (at: Point): void => keep({ start: at.map((x) => String(Number(x.toPrecision(4)))).join() })

  // Asking the worker: one question at a time, and then the newest

  let asking: Asked | undefined
  let waiting: Asked | undefined
  let lastAsked = ''
  const ask = (): void => {
    const { chains } = store.get()
    const question = { chains, land: landName(), start: start(), steps: steps() }
    const key = JSON.stringify(question)
    if (key === lastAsked) return
    lastAsked = key
    const next: Asked = { id: (asking?.id ?? 0) + 1, ...question }
    if (asking) waiting = { ...next, id: asking.id + 1 }
    else send(next)
  }
  const send = (question: Asked): void => {
    asking = question
    worker.postMessage(question)
  }
  worker.onmessage = ({ data }: MessageEvent<Answered>) => {
    walks = data.walks
    asking = undefined
    element.dataset.walked = lastAsked
    if (waiting) {
      const next = waiting
      waiting = undefined
      send(next)
    }
    paint()
  }

  // Drawing: once a frame, whatever happens between

  let isDue = false
  const paint = (): void => {
    if (isDue) return
    isDue = true
    requestAnimationFrame(() => {
      isDue = false
      const began = performance.now()
      draw(canvas, { land: landName(), walks, step: stepNow(), at: store.get().at })
      placeHandle()
      tell()
      performance.measure('path painted', { start: began })
    })
  }
  const stepNow = (): number => Math.min(step, steps())

  // The start, dragged or moved by arrow keys

  const canvas = h('canvas', { class: 'field-of-walks', role: 'img' })
  const handle = h('button', { type: 'button', class: 'start-handle' }, h('span', { class: 'start-dot' }))
  const stand = h('div', { class: 'field-place' }, canvas, handle)
  const placeHandle = (): void => {
    const { clientWidth, clientHeight } = canvas
    const [x, y] = frameOf(landscapes[landName()], clientWidth, clientHeight).place(start())
    handle.style.transform = `translate(${x}px, ${y}px)`
    handle.setAttribute('aria-label', `The start, ${pointText(start())}. Drag it, or move it by arrow keys.`)
  }
  const inside = ([x, y]: Point): Point => {
    const { x: xs, y: ys } = landscapes[landName()]
    return [Math.min(xs[1], Math.max(xs[0], x)), Math.min(ys[1], Math.max(ys[0], y))]
  }
  const toPointer = (event: MouseEvent): void => {
    const box = canvas.getBoundingClientRect()
    const frame = frameOf(landscapes[landName()], box.width, box.height)
    setStart(inside(frame.at([event.clientX - box.left, event.clientY - box.top])))
  }
  // A finger drags by the dot alone, so that it can scroll the page over the picture; where it taps, the start is.
  stand.addEventListener('click', (event) => {
    if (event.detail > 0) toPointer(event)
  })
  stand.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || (event.pointerType === 'touch' && !handle.contains(event.target as Node))) return
    event.preventDefault()
    handle.focus({ preventScroll: true })
    stand.setPointerCapture(event.pointerId)
    toPointer(event)
  })
  stand.addEventListener('pointermove', (event) => {
    if (stand.hasPointerCapture(event.pointerId)) toPointer(event)
  })
  handle.addEventListener('keydown', (event) => {
    const { x: xs, y: ys } = landscapes[landName()]
    const size = event.shiftKey ? 0.05 : 0.01
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key]
    if (!way) return
    event.preventDefault()
    const [x, y] = start()
    const [dx, dy] = way as [number, number]
    setStart(inside([x + dx * size * (xs[1] - xs[0]), y + dy * size * (ys[1] - ys[0])]))
  })

  // Step by step

  const scrub = h('input', {
    type: 'range',
    min: 0,
    id: 'step',
    'aria-label': 'Step',
    oninput: () => {
      stop()
      step = Number(scrub.value)
      paint()
    },
  })
  const counter = h('output', { for: 'step', class: 'counter' })
  const calm = matchMedia('(prefers-reduced-motion: reduce)')
  let playing: number | undefined
  const stop = (): void => {
    if (playing !== undefined) cancelAnimationFrame(playing)
    playing = undefined
    fill(play, icon('play'))
    play.setAttribute('aria-label', 'Play')
  }
  /** The whole walk in about six seconds; four steps a second where the reader wants no motion. */
  const rate = (): number => (calm.matches ? 4 : Math.max(8, steps() / 6))
  const go = (): void => {
    const from = stepNow() >= steps() ? 0 : stepNow()
    let began: number | undefined
    const frame = (time: number): void => {
      began ??= time
      step = Math.min(steps(), from + Math.floor(((time - began) / 1000) * rate()))
      paint()
      if (step >= steps()) stop()
      else playing = requestAnimationFrame(frame)
    }
    playing = requestAnimationFrame(frame)
    fill(play, icon('pause'))
    play.setAttribute('aria-label', 'Pause')
  }
  const play = signButton(icon('play'), 'Play', () => (playing === undefined ? go() : stop()))
  const jump = (to: number): void => {
    stop()
    step = to
    paint()
  }

  // The numbers

  const results = h('tbody', {})
  const state = h('div', { class: 'state-numbers' })
  const stateTitle = h('h2', { id: 'h-path-state' })
  const about = h('p', { class: 'fact' })
  const tell = (): void => {
    const { chains, at } = store.get()
    const now = stepNow()
    scrub.max = String(steps())
    scrub.value = String(now)
    counter.textContent = `step ${now} of ${steps()}`
    const land = landscapes[landName()]
    about.textContent = `${land.formula}. ${land.about}`
    const seen = chains.map((text, i) => {
      const walk = walks[i]
      const last = walk ? Math.min(now, walk.values.length - 1) : 0
      const place = (points: Float64Array | undefined, k: number): Point | undefined =>
        points && 2 * k + 1 < points.length ? [points[2 * k] as number, points[2 * k + 1] as number] : undefined
      return {
        text,
        walk,
        last,
        here: place(walk?.path, last),
        next: walk?.ahead ? place(walk.asked, last) : undefined,
      }
    })
    fill(
      results,
      ...seen.map(({ text, walk, last, here, next }, i) =>
        h(
          'tr',
          {},
          h(
            'th',
            { scope: 'row', class: `colour-${i}` },
            h('span', { class: 'chip' }, letters[i] as string),
            ` ${titleOf(text)}`,
          ),
          h('td', {}, walk ? short(walk.values[last] as number) : '–'),
          h('td', {}, here ? pointText(here) : '–'),
          h('td', {}, next ? pointText(next) : '–'),
          h('td', { class: 'error' }, walk?.error ?? (walk ? '' : 'not readable')),
        ),
      ),
    )
    const chosen = seen[at]
    stateTitle.textContent = `State of ${letters[at]} after step ${chosen?.last ?? 0}`
    const names = chosen?.walk?.names ?? []
    const from = (chosen?.last ?? 0) * names.length
    fill(
      state,
      names.length === 0
        ? h('p', { class: 'fact' }, 'It remembers nothing.')
        : h(
            'dl',
            {},
            ...names.map((name, i) =>
              h('div', {}, h('dt', {}, name), h('dd', {}, short(chosen?.walk?.states[from + i] as number))),
            ),
          ),
    )
    canvas.setAttribute(
      'aria-label',
      `${land.title}: ${seen
        .map(({ walk, last, here }, i) =>
          walk && here
            ? `${letters[i]} is at ${pointText(here)} after ${last} steps, value ${short(walk.values[last] as number)}`
            : `${letters[i]} does not walk`,
        )
        .join('; ')}.`,
    )
  }

  const landChoice = h(
    'select',
    {
      id: 'land',
      onchange: () => {
        const { start: _, ...own } = store.get().own
        store.set({ own: { ...own, land: landChoice.value } }, 'view')
      },
    },
    ...Object.entries(landscapes).map(([name, { title }]) => h('option', { value: name }, title)),
  )
  const stepsChoice = h(
    'select',
    { id: 'steps', onchange: () => keep({ steps: stepsChoice.value }) },
    ...stepChoices.map((count) => h('option', { value: count }, String(count))),
  )

  const element = h(
    'div',
    { class: 'path' },
    h(
      'section',
      { class: 'stand', 'aria-label': 'Landscape' },
      h(
        'div',
        { class: 'line' },
        pair(h('label', { for: 'land' }, 'Landscape'), landChoice),
        pair(h('label', { for: 'steps' }, 'Steps'), stepsChoice),
      ),
      about,
      stand,
      h(
        'div',
        { class: 'transport', role: 'group', 'aria-label': 'Step by step' },
        signButton(icon('first'), 'To the start', () => jump(0)),
        play,
        signButton(icon('last'), 'To the end', () => jump(Number.POSITIVE_INFINITY)),
        scrub,
        counter,
      ),
      h(
        'p',
        { class: 'fact' },
        'Full dots: the weights after each step. Hollow dots: where a forecast had the gradient taken. Cross: the least value.',
      ),
    ),
    h(
      'section',
      { class: 'panel', 'aria-label': 'Values' },
      h(
        'div',
        { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Values of the walks' },
        h(
          'table',
          {},
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              ...['chain', 'value', 'at', 'next gradient at', 'remark'].map((text) => h('th', { scope: 'col' }, text)),
            ),
          ),
          results,
        ),
      ),
    ),
    h('section', { class: 'panel', 'aria-labelledby': 'h-path-state' }, stateTitle, state),
  )
  new ResizeObserver(paint).observe(stand)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint)

  return {
    element,
    show: (): void => {
      landChoice.value = landName()
      stepsChoice.value = String(steps())
      ask()
      paint()
    },
    leave: stop,
  }
}
