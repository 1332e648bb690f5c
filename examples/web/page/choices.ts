import { optimizers } from '../../mnist/optimizers.ts'

/** What the form asks for. */
export interface Choices {
  readonly optimizer: string
  readonly learningRate: number
  readonly stepsAhead: number
  readonly backend: 'auto' | 'webgpu' | 'wasm'
}

/**
 * The form's choices: `read` answers them, `changed` is called when one of them is made.
 *
 * Another optimizer brings its own learning rate.
 */
export const choicesOf = (form: HTMLFormElement, changed: () => void): { readonly read: () => Choices } => {
  const [rate, ahead] = [sliderOf(form, 'learningRate'), sliderOf(form, 'stepsAhead')]
  const read = (): Choices => {
    const chosen = new FormData(form)
    const optimizer = String(chosen.get('optimizer'))
    const backend = String(chosen.get('backend')) as Choices['backend']
    return { optimizer, backend, learningRate: learningRates[Number(rate.value)]!, stepsAhead: Number(ahead.value) }
  }
  const tell = (): void => {
    const { learningRate, stepsAhead } = read()
    say(rate, String(learningRate))
    say(ahead, String(stepsAhead))
  }
  const suitRate = (): void => {
    rate.value = String(learningRates.indexOf(optimizers[read().optimizer]!.learningRate))
  }
  rate.max = String(learningRates.length - 1)
  suitRate()
  tell()
  form.addEventListener('submit', (event) => event.preventDefault())
  form.addEventListener('input', tell)
  form.addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement && target.name === 'optimizer') suitRate()
    tell()
    changed()
  })
  return { read }
}

/** A slider of learning rates has even steps on a logarithmic scale. */
const learningRates = [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1, 2e-1, 5e-1]

const sliderOf = (form: HTMLFormElement, name: string): HTMLInputElement =>
  form.querySelector<HTMLInputElement>(`input[name=${name}]`)!

/** Shows a slider's value beside it, and tells it to those who hear the page. */
const say = (slider: HTMLInputElement, text: string): void => {
  slider.setAttribute('aria-valuetext', text)
  slider.form!.querySelector<HTMLOutputElement>(`output[for=${slider.id}]`)!.value = text
}
