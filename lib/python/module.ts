/** A transformation as the text of a Python module. */
import { pathText } from '../data/path.ts'
import type { Tree } from '../data/tree.ts'
import type { Input, LeafInfo } from '../expr/expr.ts'
import type { Form, Opaque, Projection } from '../form/form.ts'
import type { Part } from '../form/parts.ts'
import { keepStates, pathIn, type States, withStates } from '../form/places.ts'
import { isProjection, lastStage, type Stage } from '../form/stages.ts'
import type { Rule } from '../rule/rule.ts'
import { readOnly, type Scope, scopeWith } from './body.ts'
import { Book, indent, type Printing, tuple } from './book.ts'
import { type Group, groupsOf } from './groups.ts'
import {
  along,
  byGroup,
  byPath,
  each,
  eigh,
  either,
  finding,
  full,
  fullAlong,
  normals,
  reducing,
  rows,
  wide,
  wideBundles,
  wideOrMasked,
} from './helpers.ts'
import { wrapped } from './layout.ts'
import { quoted, snakeCase } from './names.ts'
import { isOf, Printed, RuleText } from './ruleText.ts'
import { startOf } from './starts.ts'
import { numberText } from './term.ts'
import { startOfKept, TracedPart } from './tracedText.ts'
import { writeRule } from './writer.ts'
import { writeTraced } from './writeTraced.ts'

/** What is to be printed: the form, its stages with rules whose schedules are data, and its formulas. */
export interface Subject {
  readonly form: Form
  readonly stages: readonly Stage[]
  readonly formulas: readonly string[]
}

/** A stage in the module: a rule, or one written against array operations. */
type StageText = { readonly stage: Stage } & (
  | { readonly kind: 'rule'; readonly text: RuleText }
  | { readonly kind: 'traced'; readonly part: TracedPart }
)

/** What a function makes: the updates, the next state, and what the stages before the last hand to `step`. */
interface MadeByStages extends Handed {
  readonly updates: string
  readonly next: string
}

/** What `step` reads of the stages. */
interface Handed {
  /** What the last rule is given. */
  readonly last: string
  /** The parameters as that rule makes them, where others set them after it; and these. */
  readonly moved: string
  readonly params: string
}

const missing = (text: string, name: string): string[] => [
  `if ${name} is None:`,
  `    raise ValueError(${quoted(text)})`,
]

const isRule = (stage: Stage): stage is Stage & Part<Rule> => stage.form.kind === 'rule'

const isOfAll = ({ paths }: Group): boolean => paths.length === 0

/** Groups of leaves that all stages treat alike, each by one of its leaves, and the groups of every rule among them. */
const grouped = (
  rules: readonly Printed[],
  traced: readonly TracedPart[],
  leaves: readonly LeafInfo[] | undefined,
): { readonly paths: string[][]; readonly first: number[]; readonly ofRules: Group[][] } => {
  const own = rules.map(({ program }) => groupsOf(program, leaves))
  const isOne = traced.length === 0 && own.every((groups) => groups.every(isOfAll))
  if (isOne || leaves === undefined) return { paths: [[]], first: [0], ofRules: own as Group[][] }
  const found = new Map<string, { readonly paths: string[]; readonly first: number; readonly groups: Group[] }>()
  leaves.forEach((leaf, i) => {
    const path = leaf.path.join('/')
    const groups = own.map((list) => list.find(({ paths }) => paths.includes(path)) ?? (list[0] as Group))
    const key = [...groups.map((group, at) => own[at]?.indexOf(group)), ...traced.map((part) => part.keyOf(i))].join(
      '\n',
    )
    const group = found.get(key) ?? { paths: [], first: i, groups }
    group.paths.push(path)
    found.set(key, group)
  })
  const all = [...found.values()]
  // What is said alike of leaves of several ranks is said of all there may be.
  const isFree = new Set(leaves.map(({ rank }) => rank)).size > 1 && own.every((groups) => groups.every(isOfAll))
  if (all.length === 1 && isFree) return { paths: [[]], first: [0], ofRules: own as Group[][] }
  return {
    paths: all.map(({ paths }) => paths),
    first: all.map(({ first }) => first),
    ofRules: rules.map((_, at) => all.map(({ groups }) => groups[at] as Group)),
  }
}

/** One module under print. */
class Module {
  private readonly subject: Subject
  private readonly slots: Tree<unknown>
  private readonly book: Book
  private readonly stages: readonly StageText[]
  /** One leaf of each group. */
  private readonly first: readonly number[]

  constructor(subject: Subject, printing: Printing) {
    this.subject = subject
    const { stages, form } = subject
    const last = lastStage(stages)
    const carried = new Set(stages.flatMap(({ carries }) => (carries === undefined ? [] : [carries])))
    const isMarked = (stages[last] as Stage & Part<Rule>).form.graph.ahead !== undefined
    const rules = new Map<Stage, Printed>()
    const traced = new Map<Stage, TracedPart>()
    const states: States = new Map()
    stages.forEach((stage, i) => {
      if (isRule(stage)) {
        const mode = i === last && isMarked ? 'all' : stage.carries === undefined ? 'update' : 'distance'
        rules.set(stage, new Printed(stage.form, mode, pathIn(stage.places), carried))
        keepStates(states, stage.places, stage.form.slots)
      } else {
        const part = new TracedPart(stage as Part<Opaque | Projection>, printing.leaves as readonly LeafInfo[])
        traced.set(stage, part)
        keepStates(states, stage.places, part.traced.state)
      }
    })
    this.slots = withStates(form, states, undefined) as Tree<unknown>
    const { paths, first, ofRules } = grouped([...rules.values()], [...traced.values()], printing.leaves)
    this.first = first
    this.book = new Book(this.slots, form.name, printing, paths)
    for (const name of carried) this.book.names.fresh(snakeCase(name))
    const printed = [...rules.values()]
    this.stages = stages.map((stage): StageText => {
      const rule = rules.get(stage)
      if (!rule) return { kind: 'traced', stage, part: traced.get(stage) as TracedPart }
      const text = new RuleText(this.book, rule, ofRules[printed.indexOf(rule)] as Group[])
      return { kind: 'rule', stage, text }
    })
  }

  /** The whole text. */
  text(): string {
    const functions = this.isMarked || this.sets ? [...this.update(), this.step()] : this.update()
    const init = this.init()
    const given = this.extras(true).length > 0
    const kind = given ? 'GradientTransformationExtraArgs' : 'GradientTransformation'
    const own = [init, ...functions].map((lines) => lines.join('\n'))
    const blocks = [
      ...this.book.state.definitions(),
      ...(this.book.isGrouped ? [this.table()] : []),
      ...this.helpers(own.join('\n')),
      ...own,
    ]
    const code = [...blocks, `${this.book.printing.name} = optax.${kind}(init, update)`].join('\n\n\n')
    const gap = code.startsWith('#') ? '\n\n' : '\n\n\n'
    return `${this.docstring()}\n\n${importsOf(code)}${gap}${wrapped(code)}\n`
  }

  private get rules(): readonly RuleText[] {
    return this.stages.flatMap((stage) => (stage.kind === 'rule' ? [stage.text] : []))
  }

  private get lastRule(): Stage {
    return this.subject.stages[lastStage(this.subject.stages)] as Stage
  }

  private get last(): RuleText {
    return this.rules.at(-1) as RuleText
  }

  private get isMarked(): boolean {
    return this.last.rule.graph.ahead !== undefined
  }

  /** True where array operations set the parameters. */
  private get sets(): boolean {
    return this.subject.stages.some(isProjection)
  }

  private docstring(): string {
    const { form, formulas } = this.subject
    const text = [
      `${form.name}, printed by foregrad.`,
      '',
      ...formulas,
      '',
      'g: gradient, p: parameter before the step, w: after it.',
    ]
    return `"""${text.join('\n').replaceAll('\\', '\\\\').replaceAll('"""', "'''")}\n"""`
  }

  private table(): string {
    const entries = this.book.groups.flatMap((paths, i) => paths.map((path) => `    ${quoted(path)}: ${i},`))
    return ['# Which leaves are treated alike.', '_GROUPS = {', ...entries, '}'].join('\n')
  }

  private helpers(code: string): string[] {
    const { uses, isGrouped } = this.book
    const hasHoles = this.stages.some((stage) =>
      stage.kind === 'rule' ? stage.text.hasHoles : stage.part.hasHoles(this.first),
    )
    const hasBundles = this.stages.some((stage) => stage.kind === 'traced' && stage.part.hasBundles)
    const calls = (name: string): boolean => code.includes(`${name}(`)
    const computes = uses.has('each') || uses.has('sum') || uses.has('max')
    return [
      ...(uses.has('full') ? [full] : []),
      ...(uses.has('fullAlong') ? [fullAlong] : []),
      ...(isGrouped || calls('_by_path') ? [finding] : []),
      ...(calls('_by_path') ? [byPath] : []),
      ...(uses.has('byGroup') ? [byGroup] : []),
      ...(computes ? [hasBundles ? wideBundles : hasHoles ? wideOrMasked : wide, rows(isGrouped)] : []),
      ...(uses.has('each') ? [each(hasHoles, hasBundles)] : []),
      ...(calls('_either') ? [either] : []),
      ...(code.includes('(_along,') ? [along] : []),
      ...(calls('_eigh') ? [eigh] : []),
      ...(calls('_normals') ? [normals] : []),
      ...(uses.has('sum') ? [reducing.sum] : []),
      ...(uses.has('max') ? [reducing.max] : []),
    ]
  }

  private init(): string[] {
    const starts = new Map<string, string>()
    for (const stage of this.stages)
      if (stage.kind === 'rule')
        for (const placed of stage.text.program.slots)
          starts.set(pathText(stage.text.path(placed.index), ''), startOf(stage.text, placed))
      else
        stage.part.paths.forEach((path, i) => {
          starts.set(pathText(path, ''), startOfKept(this.book, stage.part, i, this.first))
        })
    const made = this.book.state.build((path) => starts.get(pathText(path, '')) as string)
    return ['def init(params: Any) -> Any:', `    """The state before the first update."""`, `    return ${made}`]
  }

  /** Signals and trees by name of all stages; with `later` those that `step` alone reads, too. */
  private extras(later = false): readonly Input[] {
    const found = new Map<string, Input>()
    for (const stage of this.stages) {
      const nodes = stage.kind === 'rule' ? stage.text.extrasIn(stage.text.outputs(later)) : stage.part.signals
      for (const node of nodes) if (!found.has(node.name)) found.set(node.name, node)
    }
    const { extras, names } = this.book
    for (const name of found.keys()) if (!extras.has(name)) extras.set(name, names.fresh(snakeCase(name)))
    return [...found.values()]
  }

  private said({ name }: Input): string {
    return this.book.extras.get(name) as string
  }

  private argument(node: Input): string {
    return `${this.said(node)}: Any = ${node.absent === undefined ? 'None' : numberText(node.absent)}`
  }

  /** Where one is not given that must be. */
  private missingIn(extras: readonly Input[]): string[] {
    return extras.flatMap((node) => {
      if (node.absent !== undefined) return []
      const said = this.said(node)
      return missing(`${this.subject.form.name} reads ${said}: give it by name.`, said)
    })
  }

  /** Writes stage after stage into `body`. */
  private run(body: Scope): MadeByStages {
    let [updates, last, moved, params] = ['updates', 'updates', '', '']
    const kept = new Map<string, string>()
    for (const stage of this.stages) {
      // Each stage has nodes of its own, and shares names and lines with the others.
      const scope: Scope = { ...body, terms: new Map() }
      const sets = isProjection(stage.stage)
      if (!sets) last = updates
      if (sets && params === '') {
        params = moved = body.names.fresh('moved')
        body.lines.push(`${moved} = optax.apply_updates(params, ${updates})`)
      }
      if (stage.kind === 'traced') {
        const into = stage === this.stages.at(-1) ? 'new_params' : body.names.fresh(sets ? 'moved' : 'u')
        const main = sets ? params : updates
        const written = writeTraced(stage.part, { body: scope, book: this.book, leaves: this.first, main, into })
        for (const [path, text] of written.kept) kept.set(path, text)
        if (sets) params = written.made
        else updates = written.made
        continue
      }
      const { text } = stage
      const ahead = stage.stage.carries === undefined ? 'place' : snakeCase(stage.stage.carries)
      const made = writeRule(scope, text, text.outputs(), { grads: updates, ahead })
      for (const { name, index } of text.program.slots)
        kept.set(pathText(text.path(index), ''), made.get(name) as string)
      updates = made.get('updates') as string
    }
    const next = this.book.nextState((path) => kept.get(pathText(path, '')) as string)
    if (this.sets) updates = `jax.tree.map(jnp.subtract, ${params}, params)`
    return { updates, next, last, moved, params }
  }

  /** What the stages hand to `step` beside the state: parameters that are set, and what the place ahead is made of. */
  private handedOn({ last, moved, params }: Handed): readonly string[] {
    const set = this.sets ? [params, ...(this.isMarked ? [moved] : [])] : []
    if (this.stages[0]?.stage === this.lastRule || !this.isMarked) return set
    const carried = this.stages.flatMap(({ stage: { carries } }) => (carries === undefined ? [] : [snakeCase(carries)]))
    return [...set, last, ...carried]
  }

  private update(): string[][] {
    const extras = this.extras()
    const needsParams =
      this.stages.some((stage) =>
        stage.kind === 'rule'
          ? stage.text.made(stage.text.outputs()).nodes.some(isOf('params'))
          : stage.part.readsParams,
      ) || this.sets
    const list = ['updates: Any', 'state: Any', 'params: Any = None']
    if (extras.length > 0) list.push('*', ...extras.map((node) => this.argument(node)), '**extra: Any')
    const body = scopeWith(this.book.names.within())
    const made = this.run(body)
    const handed = this.handedOn(made)
    const result =
      handed.length === 0 ? `${made.updates}, ${made.next}` : `${made.updates}, ${made.next}, ${tuple(handed)}`
    const lines = indent([
      ...(extras.length > 0 ? ['del extra'] : []),
      ...(needsParams ? missing(`${this.subject.form.name} reads the parameters: give params.`, 'params') : []),
      ...this.missingIn(extras),
      ...readOnly(body.lines, result),
      `return ${result}`,
    ])
    const about = `    """The updates to add to the parameters, and the next state."""`
    const head = (name: string): string => `def ${name}(${list.join(', ')}) -> Any:`
    if (handed.length === 0) return [[head('update'), about, ...lines]]
    const passed = this.passed(extras)
    return [
      [head('_stages'), `    """${this.about()}"""`, ...lines],
      [
        head('update'),
        about,
        ...indent([...(extras.length > 0 ? ['del extra'] : []), `return _stages(updates, state, params${passed})[:2]`]),
      ],
    ]
  }

  /** What `_stages` makes. */
  private about(): string {
    if (!this.sets) return 'The updates, the next state, and what the place ahead is made of.'
    return `The updates, the next state, and the new parameters${this.isMarked ? ', with what the place ahead is made of' : ''}.`
  }

  private passed(extras: readonly Input[]): string {
    return extras.map((node) => `, ${this.said(node)}=${this.said(node)}`).join('')
  }

  private step(): string[] {
    const { last } = this
    const { later } = last
    const first = this.extras()
    const all = this.extras(true)
    const isHere = last.made(later).nodes.some(isOf('ahead'))
    const list = ['grads: Any', 'state: Any', 'params: Any']
    if (isHere) list.push('ahead: Any = None')
    if (all.length > 0) list.push('*', ...all.map((node) => this.argument(node)))
    const body = scopeWith(this.book.names.within())
    body.names.fresh('grads')
    const projects = last.rule.graph.project !== undefined && !this.sets
    const handed = this.handedOn({ last: 'last', moved: 'moved', params: 'new_params' })
    for (const name of ['last', 'moved']) if (handed.includes(name)) body.names.fresh(name)
    const call = `(grads, state, params${this.passed(first)})`
    const updates = projects || this.sets ? '_' : 'updates'
    const lines = [
      ...this.missingIn(all.filter((node) => !first.includes(node))),
      handed.length === 0
        ? `${updates}, new_state = update${call}`
        : `${updates}, new_state, ${tuple(handed)} = _stages${call}`,
      ...(projects || this.sets ? [] : ['new_params = optax.apply_updates(params, updates)']),
      ...(isHere ? ['ahead = params if ahead is None else ahead'] : []),
    ]
    const outputs = projects ? later : later.filter(({ target }) => target.to === 'ahead')
    const grads = handed.includes('last') ? 'last' : 'grads'
    const moved = this.sets ? 'moved' : 'new_params'
    const made = writeRule(body, last, outputs, { grads, ahead: 'place', after: projects ? 'ahead' : 'moved', moved })
    const place = made.get('ahead')
    if (this.sets && place) body.lines.push(`${place} = jax.tree.map(_along, ${place}, moved, new_params)`)
    const result = `return ${made.get('params') ?? 'new_params'}, new_state, ${place ?? 'new_params'}`
    return [
      `def step(${list.join(', ')}) -> Any:`,
      `    """The parameters after the step, the next state, and the place to take the next gradient at."""`,
      ...indent([...lines, ...readOnly(body.lines, result), result]),
    ]
  }
}

const importsOf = (code: string): string => {
  const has = (word: string): boolean => code.includes(word)
  const standard = [
    ...(has('functools.') ? ['import functools'] : []),
    ...(has('math.') ? ['import math'] : []),
    has('(NamedTuple)') ? 'from typing import Any, NamedTuple' : 'from typing import Any',
  ]
  const others = [
    ...(has('jax.') ? ['import jax'] : []),
    ...(has('jnp.') ? ['import jax.numpy as jnp'] : []),
    'import optax',
    ...(has('shard_alike(') ? ['from jax.experimental.shard_alike import shard_alike'] : []),
    ...(has('solve_triangular(') ? ['from jax.scipy.linalg import solve_triangular'] : []),
    ...(has('ndtri(') ? ['from jax.scipy.special import ndtri'] : []),
  ]
  return `${standard.join('\n')}\n\n${others.join('\n')}`
}

/** The text of a transformation whose questions, schedules and stages can all be said. */
export const moduleText = (subject: Subject, printing: Printing): string => new Module(subject, printing).text()
