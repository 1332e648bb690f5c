/** A page of the site: a Markdown file of the repository, the address that it has there, and what the menu calls it. */
export interface Page {
  readonly source: string
  /** Without a leading slash and without an ending; '' is the first page. */
  readonly address: string
  readonly name: string
  /** Its tables need the room of the list of headings beside it. */
  readonly isWide?: boolean
}

export interface Group {
  readonly title: string
  readonly pages: readonly Page[]
}

/** A page whose address is its file's name. */
const doc = (file: string, name: string): Page => ({ source: `docs/${file}.md`, address: file, name })

/** All pages that are written by hand, in the order of the menu. */
export const groups: readonly Group[] = [
  {
    title: 'Learn',
    pages: [
      { source: 'README.md', address: '', name: 'What it is' },
      doc('first-hour', 'First hour'),
      doc('choosing', 'Choosing an optimizer'),
      doc('weight-prediction', 'Weight prediction'),
      doc('writing-a-rule', 'Writing a rule'),
      doc('testing-update-math', 'Testing update math'),
      doc('methods', 'Methods'),
      doc('recipes', 'Recipes'),
      doc('checkpoints', 'Checkpoints'),
    ],
  },
  {
    title: 'Coming from',
    pages: [
      doc('coming-from-optax', 'optax'),
      doc('coming-from-tfjs', 'TensorFlow.js'),
      doc('coming-from-torch', 'torch'),
    ],
  },
  {
    title: 'Where it runs',
    pages: [
      doc('support', 'Runtimes and bundlers'),
      doc('layers', 'Models of tfjs-layers'),
      doc('arrays', 'Plain arrays'),
      doc('jax-js', 'jax-js'),
      doc('jax', 'JAX'),
    ],
  },
  { title: 'Reference', pages: [{ ...doc('catalogue', 'Catalogue'), isWide: true }] },
  {
    title: 'Evidence',
    pages: [
      doc('reliability', 'Reliability'),
      { ...doc('benchmarks', 'Benchmarks'), isWide: true },
      doc('study', 'The study'),
      { source: 'docs/study/plan.md', address: 'study/plan', name: 'Its plan' },
      { source: 'docs/study/exploratory.md', address: 'study/exploratory', name: 'What was tried first' },
      doc('architecture', 'Architecture'),
      { source: 'CONTRIBUTING.md', address: 'contributing', name: 'Contributing' },
      { source: 'CHANGELOG.md', address: 'changelog', name: 'Changes' },
    ],
  },
]

export const pages: readonly Page[] = groups.flatMap((group) => group.pages)

/** Where a reader finds the files that are no pages. */
export const repository = 'https://github.com/foregrad/foregrad'

/** Where its files are read as they are: pictures of README stand on the package's page, too. */
export const rawFiles = 'https://raw.githubusercontent.com/foregrad/foregrad/main/'

/** The playground: a page that is built apart from the others, by Vite, from examples/playground. */
export const playgroundAddress = '/playground/'
