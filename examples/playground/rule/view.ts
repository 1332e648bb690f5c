/** The rule: what a chain says of itself, and what of it changes with a number. */
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import type { ExplainedPass } from '../../../lib/read/explain.ts'
import { readChain } from '../chain/read.ts'
import type { Store } from '../chain/store.ts'
import { button, fill, h } from '../dom/element.ts'
import { changesIn } from './changes.ts'
import { type KernelOfPass, kernelsOf, type Target } from './kernels.ts'
import { firstParams, formulasOf, planFor, pythonOf, type Shapes, shapesOf, stateOf } from './reading.ts'

/** A text that shows what is new in it since it was shown last. */
const changing = (label: string): { readonly element: HTMLElement; readonly show: (text: string) => boolean } => {
  const element = h('pre', { class: 'code', tabindex: 0, role: 'group', 'aria-label': label })
  let before: string | undefined
  return {
    element,
    show: (text) => {
      const was = before
      before = text
      if (was === text) return false
      const pieces = changesIn(was ?? text, text)
      fill(element, ...pieces.map((piece) => (piece.changed ? h('mark', {}, piece.text) : piece.text)))
      return was !== undefined
    },
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A text, or why there is none. */
const told = (f: () => string): string => {
  try {
    return f()
  } catch (error) {
    return messageOf(error)
  }
}

const row = (cells: readonly (string | Node)[], tag: 'td' | 'th'): HTMLElement =>
  h('tr', {}, ...cells.map((cell) => h(tag, tag === 'th' ? { scope: 'col' } : {}, cell)))

/** Names in a cell, of which none is broken. */
const namesIn = (names: readonly string[]): string | Node =>
  names.length === 0
    ? '–'
    : h(
        'span',
        {},
        ...names.flatMap((name, i) => [h('span', { class: 'name' }, name), i < names.length - 1 ? ', ' : undefined]),
      )

const passTable = (passes: readonly ExplainedPass[], caption: string): HTMLElement =>
  h(
    'div',
    { class: 'wide', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption', {}, caption),
      h('thead', {}, row(['pass', 'reads', 'writes', 'reduces', 'leaves'], 'th')),
      h(
        'tbody',
        {},
        ...passes.map(({ reads, writes, reductions, leaves }, i) =>
          row([String(i + 1), namesIn(reads), namesIn(writes), namesIn(reductions), String(leaves ?? '–')], 'td'),
        ),
      ),
    ),
  )

const showPlan = (place: Element, tx: GradientTransformation, shapes: Shapes): string => {
  const { passes, bytesPerParam, closed } = planFor(tx, shapes)
  const bytes = (n: number): string => `${Number(n.toFixed(2))} bytes a parameter and step`
  const count = `${passes.length} ${passes.length === 1 ? 'pass' : 'passes'} over memory, ${bytes(bytesPerParam)}`
  fill(
    place,
    passTable(passes, count),
    closed && passTable(closed.passes, `where the gates are closed: ${bytes(closed.bytesPerParam)}`),
  )
  return count
}

const kernelTitles: Readonly<Record<Target, string>> = { simd: 'SIMD kernels', wgsl: 'WGSL kernels' }

/** The kernels of a target: as text, with what changed, and whether one of them would have to be compiled. */
const kernelSection = (target: Target) => {
  const text = changing(kernelTitles[target])
  const verdict = h('p', { class: 'verdict', role: 'status' })
  const compiled = new Set<string>()
  const show = (kernels: readonly KernelOfPass[]): void => {
    const fresh = kernels.filter(({ key }) => !compiled.has(key))
    const first = compiled.size === 0
    for (const { key } of kernels) compiled.add(key)
    text.show(kernels.map((kernel) => kernel.text).join('\n\n') || 'No kernel: the chain has no rule.')
    verdict.textContent = first
      ? `${kernels.length} ${kernels.length === 1 ? 'kernel' : 'kernels'}. Numbers are given to them, not compiled in: change one.`
      : fresh.length === 0
        ? `Nothing is compiled again: the same ${kernels.length === 1 ? 'kernel' : 'kernels'} with other numbers.`
        : `${fresh.length} of ${kernels.length} ${kernels.length === 1 ? 'kernel is' : 'kernels are'} new: the structure changed.`
  }
  return {
    element: h('div', {}, verdict, text.element),
    show: (tx: GradientTransformation, shapes: Shapes): void => {
      try {
        show(kernelsOf(tx, shapes, target))
      } catch (error) {
        verdict.textContent = ''
        text.show(messageOf(error))
      }
    },
  }
}

const panel = (title: string, id: string, ...children: readonly Node[]): HTMLElement =>
  h('section', { class: 'panel', 'aria-labelledby': id }, h('h2', { id }, title), ...children)

const copyButton = (text: () => string): HTMLButtonElement => {
  const copy = button('Copy', () => {
    void navigator.clipboard?.writeText(text()).then(
      () => {
        copy.textContent = 'Copied'
        setTimeout(() => {
          copy.textContent = 'Copy'
        }, 1500)
      },
      () => undefined,
    )
  })
  return copy
}

/** Settles when an element is first in view. */
const seen = (element: Element): Promise<void> =>
  new Promise((settle) => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return
      observer.disconnect()
      settle()
    })
    observer.observe(element)
  })

export const ruleView = (store: Store) => {
  const formulas = changing('Formulas')
  const state = changing('State before the first step')
  const python = changing('Python')
  // What prints it is loaded for who reads so far; behind all else, it is out of sight at first.
  let isRead: Promise<void> | undefined
  const plan = h('div', {})
  const [simd, wgsl] = [kernelSection('simd'), kernelSection('wgsl')]
  const shapesFault = h('p', { class: 'error', role: 'status', hidden: true })
  const params = h('input', {
    id: 'params',
    type: 'text',
    class: 'mono',
    autocomplete: 'off',
    spellcheck: 'false',
    oninput: () => {
      const { own } = store.get()
      store.set({ own: { ...own, params: params.value } }, 'view')
    },
  })

  let shown: readonly [GradientTransformation, string] | undefined
  const shapesNow = (text: string): Shapes | undefined => {
    try {
      const shapes = shapesOf(text)
      shapesFault.hidden = true
      return shapes
    } catch (error) {
      shapesFault.hidden = false
      shapesFault.textContent = messageOf(error)
      return undefined
    }
  }

  const element = h(
    'div',
    { class: 'rule' },
    panel(
      'Formulas',
      'h-formulas',
      h(
        'p',
        { class: 'fact' },
        "g: the gradient; p and w: the parameters before and after; u: the update; x': the new value of x",
      ),
      formulas.element,
    ),
    h('div', { class: 'two' }, panel('Plan', 'h-plan', plan), panel('State', 'h-state', state.element)),
    h('div', { class: 'line' }, h('label', { for: 'params' }, 'Shapes of the parameters'), params, shapesFault),
    panel('SIMD kernels', 'h-simd', simd.element),
    panel('WGSL kernels', 'h-wgsl', wgsl.element),
    panel(
      'Python, for optax and JAX',
      'h-python',
      copyButton(() => python.element.textContent ?? ''),
      python.element,
    ),
  )

  return {
    element,
    show: (): void => {
      const { chains, at, own } = store.get()
      const { tx } = readChain(chains[at] as string)
      const text = own.params ?? firstParams
      if (params.value !== text && document.activeElement !== params) params.value = text
      if (!tx || (shown?.[0] === tx && shown[1] === text)) return
      const shapes = shapesNow(text)
      if (!shapes) return
      shown = [tx, text]
      formulas.show(told(() => formulasOf(tx)))
      state.show(told(() => stateOf(tx, shapes)))
      try {
        showPlan(plan, tx, shapes)
      } catch (error) {
        fill(plan, h('p', { class: 'error' }, messageOf(error)))
      }
      simd.show(tx, shapes)
      wgsl.show(tx, shapes)
      isRead ??= seen(python.element)
      void isRead
        .then(() => (shown?.[0] === tx ? pythonOf(tx, shapes) : ''))
        .catch(messageOf)
        .then((source) => {
          if (shown?.[0] === tx) python.show(source)
        })
    },
  }
}
