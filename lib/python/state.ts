/** The state of a rule in Python: tuples, named tuples and dicts of its slots. */
import type { Path } from '../data/path.ts'
import { isBranch, type Tree } from '../data/tree.ts'
import type { Expr } from '../expr/expr.ts'
import { nodesOf } from '../expr/fold.ts'
import type { Program } from '../rule/program.ts'
import { repeated } from './lists.ts'
import { isIdentifier, Names, pascalCase, quoted, snakeCase } from './names.ts'

/** What optax calls the state of these fields. */
const known: Readonly<Record<string, string>> = {
  'count,mu,nu': 'ScaleByAdamState',
  'count,mu': 'ScaleByLionState',
  'count,ema': 'EmaState',
  'count,params,updates,diff_params_memory,diff_updates_memory,weights_memory': 'ScaleByLBFGSState',
  trace: 'TraceState',
  count: 'ScaleByScheduleState',
  'mini_step,gradient_step,inner_opt_state,acc_grads': 'MultiStepsState',
  inner_state: 'MaskedState',
  inner_states: 'PartitionState',
}

type Records = Readonly<Record<string, Tree<unknown>>>

/** How a record is said: by a class, by a dict where its keys are no names, or as optax's empty state. */
interface Shape {
  readonly className: string | undefined
  readonly fields: readonly string[]
}

/** How slots are said, and lists of slots. */
interface Saying {
  readonly textOf: (path: Path) => string
  readonly listOf: (texts: readonly string[], path: Path) => string
}

const tupleText = (texts: readonly string[]): string =>
  texts.length === 1 ? `(${texts[0]},)` : `(${texts.join(', ')})`

/** The classes of a state, and the ways to its slots. */
export class StateText {
  /** The classes' fields by their names, in the order in which they are met. */
  readonly classes = new Map<string, readonly string[]>()
  private readonly names = new Names()
  private readonly root: Tree<unknown>
  private readonly title: string

  constructor(slots: Tree<unknown>, title: string) {
    this.root = slots
    this.title = `${pascalCase(title)}State`
    this.note(slots, true)
  }

  /** The text of a state whose slots are these. `listOf` says lists of slots. */
  build(textOf: (path: Path) => string, listOf?: (texts: readonly string[], path: Path) => string): string {
    return this.buildAt(this.root, [], { textOf, listOf: listOf ?? ((texts) => repeated(texts) ?? tupleText(texts)) })
  }

  /** The way to a slot from `variable`, which holds the state. */
  at(variable: string, path: Path): string {
    let tree: Tree<unknown> = this.root
    let text = variable
    for (const step of path) {
      if (Array.isArray(tree)) text += `[${step}]`
      else {
        const { className, fields } = this.shapeOf(tree as Records)
        const place = Object.keys(tree as Records).indexOf(String(step))
        text += className ? `.${fields[place]}` : `[${quoted(String(step))}]`
      }
      tree = (tree as Records)[step] as Tree<unknown>
    }
    return text
  }

  /** The definitions of the classes. */
  definitions(): string[] {
    return [...this.classes].map(([name, fields]) =>
      [`class ${name}(NamedTuple):`, ...fields.map((field) => `    ${field}: Any`)].join('\n'),
    )
  }

  private shapeOf(record: Records): Shape {
    const keys = Object.keys(record)
    const fields = keys.map(snakeCase)
    const sound = keys.every(isIdentifier) && new Set(fields).size === fields.length
    if (!sound) return { className: undefined, fields: keys }
    const same = [...this.classes].find(([, theirs]) => theirs.join() === fields.join())
    return { className: same?.[0] ?? '', fields }
  }

  private note(tree: Tree<unknown>, isRoot = false): void {
    if (!isBranch(tree)) return
    if (!Array.isArray(tree) && Object.keys(tree).length > 0) {
      const { className, fields } = this.shapeOf(tree as Records)
      if (className === '') {
        const wish =
          known[fields.join()] ?? (isRoot ? this.title : `${fields.slice(0, 3).map(pascalCase).join('')}State`)
        this.classes.set(this.names.fresh(wish), fields)
      }
    }
    for (const child of Object.values(tree)) this.note(child as Tree<unknown>)
  }

  private buildAt(tree: Tree<unknown>, path: Path, say: Saying): string {
    if (!isBranch(tree)) return say.textOf(path)
    const keys = Array.isArray(tree) ? tree.map((_, i) => i) : Object.keys(tree)
    const texts = keys.map((key) => this.buildAt((tree as Records)[key] as Tree<unknown>, [...path, key], say))
    if (Array.isArray(tree)) return tree.some(isBranch) ? tupleText(texts) : say.listOf(texts, path)
    if (keys.length === 0) return 'optax.EmptyState()'
    const { className, fields } = this.shapeOf(tree as Records)
    const pairs = texts.map((text, i) => (className ? `${fields[i]}=${text}` : `${quoted(String(keys[i]))}: ${text}`))
    return className ? `${className}(${pairs.join(', ')})` : `{${pairs.join(', ')}}`
  }
}

const wholeOps: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'min', 'max', 'less', 'lessEqual', 'equal'])
const answers: ReadonlySet<string> = new Set(['less', 'lessEqual', 'equal', 'isNaN', 'isFinite'])

const isWhole = (root: Expr, slots: ReadonlySet<string>): boolean => {
  const whole = new Map<Expr, boolean>()
  const of = (x: Expr): boolean => whole.get(x) as boolean
  for (const node of nodesOf([root])) whole.set(node, wholeOf(node, of, slots))
  return of(root)
}

const isItself = (expr: Expr, name: string): boolean =>
  expr.kind === 'input' && expr.source === 'slot' && expr.name === name

const wholeOf = (node: Expr, of: (x: Expr) => boolean, slots: ReadonlySet<string>): boolean => {
  switch (node.kind) {
    case 'constant':
      return Number.isInteger(node.value) && Math.abs(node.value) < 2 ** 31
    case 'input':
      return node.source === 'slot' && slots.has(node.name)
    case 'unary':
      return answers.has(node.op) || node.op === 'floor' || (['neg', 'abs', 'sign'].includes(node.op) && of(node.x))
    case 'binary':
      return answers.has(node.op) || (wholeOps.has(node.op) && of(node.x) && of(node.y))
    case 'select':
      return of(node.yes) && of(node.no)
    default:
      return false
  }
}

/**
 * The slots that are integers, whatever happens: they start as one, and what follows is made of integers. A number that stays as it is may be
 * set to any other by who holds the state.
 */
export const integerSlots = ({ slots, steps }: Pick<Program, 'slots' | 'steps'>): ReadonlySet<string> => {
  const starts = slots.filter(({ slot }) => slot.rank === 'step' && Number.isInteger(slot.start))
  let found: ReadonlySet<string> = new Set(starts.map(({ name }) => name))
  for (;;) {
    const kept = steps.flatMap(({ target, expr }) =>
      target.to === 'slot' && found.has(target.name) && !isItself(expr, target.name) && isWhole(expr, found)
        ? [target.name]
        : [],
    )
    if (kept.length === found.size) return found
    found = new Set(kept)
  }
}
