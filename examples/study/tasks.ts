/** What a task is made of, as plain data: the process that hands out work needs no tensors. */
export interface Task {
  readonly name: TaskName
  readonly title: string
  /** Model, data and batch in words; part of every result's key, so change it with the sizes in openTask.ts. */
  readonly setup: string
  /** Of a standard training. */
  readonly steps: number
  /** About how many milliseconds a step takes: how long the rest will take is weighed by it. */
  readonly stepMs: number
  /** The grid of learning rates of each optimizer, the same for every number of steps ahead. */
  readonly rates: Readonly<Record<OptimizerName, readonly number[]>>
}

export type TaskName = 'mlp' | 'cnn' | 'lstm' | 'transformer'
export type OptimizerName = 'sgdm' | 'adam' | 'adamw' | 'rmsprop'

export const optimizerNames: readonly OptimizerName[] = ['sgdm', 'adam', 'adamw', 'rmsprop']

export const tasks: readonly Task[] = [
  {
    name: 'mlp',
    title: 'Digits, perceptron',
    setup: '784-32-10 perceptron, batches of 32 digits',
    steps: 600,
    stepMs: 0.65,
    rates: {
      sgdm: [0.025, 0.05, 0.1, 0.2],
      adam: [0.006, 0.012, 0.024, 0.048],
      adamw: [0.006, 0.012, 0.024, 0.048],
      rmsprop: [0.0015, 0.003, 0.006, 0.012, 0.024],
    },
  },
  {
    name: 'cnn',
    title: 'Digits, convolutions',
    setup: 'residual network of 4 and 8 channels and a dense layer, batches of 32 digits',
    steps: 200,
    stepMs: 4.8,
    rates: {
      sgdm: [0.025, 0.05, 0.1, 0.2],
      adam: [0.006, 0.012, 0.024, 0.048],
      adamw: [0.006, 0.012, 0.024, 0.048],
      rmsprop: [0.0015, 0.003, 0.006, 0.012],
    },
  },
  {
    name: 'lstm',
    title: 'Text, LSTM',
    setup: 'LSTM of 64 units, batches of 16 × 8 characters',
    steps: 240,
    stepMs: 5.5,
    rates: {
      sgdm: [1, 2, 4, 8],
      adam: [0.02, 0.04, 0.08, 0.16],
      adamw: [0.02, 0.04, 0.08, 0.16],
      rmsprop: [0.01, 0.02, 0.04, 0.08],
    },
  },
  {
    name: 'transformer',
    title: 'Text, transformer',
    setup: 'transformer of one block of width 32, batches of 8 × 16 characters',
    steps: 240,
    stepMs: 4,
    rates: {
      sgdm: [0.05, 0.1, 0.2, 0.4],
      adam: [0.005, 0.01, 0.02, 0.04],
      adamw: [0.005, 0.01, 0.02, 0.04],
      rmsprop: [0.0015, 0.003, 0.006, 0.012],
    },
  },
]
