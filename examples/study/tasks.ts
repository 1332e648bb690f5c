/** What a task is made of, as plain data: the process that hands out work needs no tensors. */
export interface Task {
  readonly name: TaskName
  readonly title: string
  /** Model, data and batch in words, at factors of 1; part of every result's key, so change it with the sizes in openTask.ts. */
  readonly setup: string
  /** The primary question is asked of these tasks only; the others are exploratory. */
  readonly primary: boolean
  /** Of one training. */
  readonly steps: number
  /** About how many milliseconds a step takes: how long the rest will take is weighed by it. */
  readonly stepMs: number
  /** Learning rates that AdamW is tuned over: five in steps of about 1.6, and the default of the published code. */
  readonly rates: readonly number[]
  /** What stands in the tables: a share of right answers, and for text the perplexity too. */
  readonly text: boolean
}

export type TaskName = 'digits' | 'lstm' | 'transformer' | 'lstmOther' | 'transformerOther'

/** The learning rate of the published code: among the rates of every task. */
export const defaultRate = 1e-3

const digits: Task = {
  name: 'digits',
  title: 'Digits, residual CNN',
  setup: 'residual network of 4 and 8 channels and a dense layer, batches of 32 of 58,000 digits',
  primary: true,
  steps: 1000,
  stepMs: 8,
  rates: [defaultRate, 0.004, 0.0063, 0.01, 0.016, 0.025],
  text: false,
}

const lstm: Task = {
  name: 'lstm',
  title: 'Speeches, LSTM',
  setup: 'LSTM of 48 units, batches of 8 × 32 characters of speeches',
  primary: true,
  steps: 300,
  stepMs: 35,
  rates: [defaultRate, 0.016, 0.025, 0.04, 0.063, 0.1],
  text: true,
}

const transformer: Task = {
  name: 'transformer',
  title: 'Book, transformer',
  setup: 'transformer of one block of width 32, batches of 8 × 32 characters of a book',
  primary: true,
  steps: 700,
  stepMs: 12,
  rates: [defaultRate, 0.0025, 0.004, 0.0063, 0.01, 0.016],
  text: true,
}

export const tasks: readonly Task[] = [
  digits,
  lstm,
  transformer,
  {
    ...lstm,
    name: 'lstmOther',
    title: 'Book, LSTM',
    setup: lstm.setup.replace('speeches', 'a book'),
    primary: false,
  },
  {
    ...transformer,
    name: 'transformerOther',
    title: 'Speeches, transformer',
    setup: transformer.setup.replace('a book', 'speeches'),
    primary: false,
  },
]

export const taskNamed = (name: TaskName): Task => tasks.find((task) => task.name === name)!
