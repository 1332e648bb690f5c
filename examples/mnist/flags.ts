import { type FlagValues, numberThat, oneOf, pathEnding, wholeFrom } from '../flags.ts'
import { optimizers } from './optimizers.ts'

export type Backend = 'webgpu' | 'wasm' | 'cpu'

const rates = Object.entries(optimizers).map(([name, { learningRate }]) => `${learningRate} for ${name}`)
const names = Object.keys(optimizers)

const table = {
  optimizer: {
    ...oneOf(names, 'adamw'),
    help: `one of ${names.join(', ')}; trained as it is and with weight prediction`,
  },
  'steps-ahead': {
    placeholder: 's',
    help: 'how many steps ahead the weights are predicted',
    ...numberThat((x) => x >= 0, 'a number from 0 up', 1),
  },
  'learning-rate': {
    placeholder: 'lr',
    help: `how far a step goes (default: ${rates.join(', ')})`,
    ...numberThat((x) => x > 0, 'a number above 0', undefined),
  },
  epochs: { help: 'how often each of the 8,000 training digits is seen', ...wholeFrom(1, 8) },
  batch: { help: 'digits in a step', ...wholeFrom(1, 64, 8000) },
  seed: { help: 'initial weights and order of the batches', ...wholeFrom(0, 0) },
  backend: {
    help: 'one of auto, webgpu, wasm, cpu',
    ...oneOf<Backend | 'auto'>(['auto', 'webgpu', 'wasm', 'cpu'], 'auto'),
  },
  output: { help: 'where the picture of the loss curves is written', ...pathEnding('.svg', 'out/digits.svg') },
}

const about = `Trains one network on real handwritten digits twice, from the same weights and by the same batches:
with an optimizer as it is, and with the gradient taken at predicted weights.`

/** The command line of `npm start`. */
export const command = { name: 'start', about, table }

/** What the command line asks for. */
export interface Flags {
  readonly optimizer: string
  readonly stepsAhead: number
  readonly learningRate: number
  readonly epochs: number
  readonly batch: number
  readonly seed: number
  readonly backend: Backend | 'auto'
  readonly output: string
}

/** Each optimizer brings its own learning rate. */
export const toFlags = (values: FlagValues<typeof table>): Flags => {
  const { 'steps-ahead': stepsAhead, 'learning-rate': rate, ...others } = values
  return { ...others, stepsAhead, learningRate: rate ?? optimizers[values.optimizer]!.learningRate }
}
