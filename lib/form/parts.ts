/** The parts of a form in the order in which they act: rules, and what was written by hand. */
import type { Path } from '../data/path.ts'
import { type Tree, treeLeaves } from '../data/tree.ts'
import { branchRules, chainRules } from '../rule/compose.ts'
import { leafFact } from '../rule/plan.ts'
import { inputs, type Rule } from '../rule/rule.ts'
import type { Branch, Branches, Form, Opaque, Projection } from './form.ts'
import type { LeafTest } from './onLeaves.ts'
import { branchPath, Place } from './places.ts'

/** A part, where its state stands (a rule of several parts has as many places), and for which leaves it is: absent, for all. */
export interface Part<F extends Rule | Opaque | Projection = Rule | Opaque | Projection> {
  readonly form: F
  readonly places: Tree<Place>
  readonly on?: LeafTest | undefined
}

/** True for the empty chain: it may stand anywhere, also behind a wrapper that must be the outermost. */
const isNothing = (form: Form): boolean => {
  if (form.kind !== 'rule' || treeLeaves(form.slots).length > 0) return false
  const { u, ahead, project } = form.graph
  return u === inputs.g && !ahead && !project
}

/** Narrows a part to the leaves of a branch; rules are narrowed by `branchRules`. */
const narrowed = (part: Part, test: Branch['test']): Part => {
  const { on } = part
  return { ...part, on: (leaf) => leafFact(test, leaf) !== 0 && (on === undefined || on(leaf)) }
}

/** Rules, and the part written by hand behind them: none in the last round. */
interface Round {
  readonly rules: readonly Part<Rule>[]
  readonly written?: Part
}

/** The parts as rounds, the last one first. */
const roundsOf = (parts: readonly Part[]): Round[] => {
  const rounds: Round[] = []
  let rules: Part<Rule>[] = []
  for (const part of parts) {
    if (part.form.kind === 'rule') rules.push(part as Part<Rule>)
    else {
      rounds.unshift({ rules, written: part })
      rules = []
    }
  }
  return [{ rules }, ...rounds]
}

/** The rules of one round of all branches, side by side as one. */
const sideBySide = (name: string, rows: readonly { readonly branch: Branch; readonly round: Round }[]): Part[] => {
  const own = rows.filter(({ round }) => round.rules.length > 0)
  if (own.length === 0) return []
  const branches = own.map(({ branch: { key, test }, round: { rules } }) => ({
    key,
    test,
    rule: chainRules(
      rules.map(({ form }) => form),
      rules.find(({ form }) => form.graph.project)?.form.name,
    ),
  }))
  const places = own.map(({ round }) => round.rules.map((part) => part.places))
  const isSingle = own.length === 1 && own[0]?.branch.key === ''
  return [
    {
      form: branchRules(name, [], branches),
      places: isSingle
        ? (places[0] as Tree<Place>)
        : Object.fromEntries(own.map(({ branch }, i) => [branch.key, places[i]])),
    } as Part,
  ]
}

/**
 * Branches have no leaf in common, so the order between them is free: they are lined up by their ends, where their rules fuse with each other
 * and with what follows.
 */
const branchParts = (form: Branches, path: Path): Part[] => {
  const rows = form.branches.map((branch) => ({
    branch,
    rounds: roundsOf(partsOf(branch.form, [...path, ...branchPath(form, branch)])),
  }))
  const most = Math.max(0, ...rows.map(({ rounds }) => rounds.length))
  return Array.from({ length: most }, (_, i) => most - 1 - i).flatMap((at): Part[] => {
    const now = rows.flatMap(({ branch, rounds }) => (rounds[at] ? [{ branch, round: rounds[at] }] : []))
    const written = now.flatMap(({ branch, round }) => (round.written ? [narrowed(round.written, branch.test)] : []))
    return [...sideBySide(form.name, now), ...written]
  })
}

/** The parts of a form. */
export const partsOf = (form: Form, path: Path = []): Part[] => {
  if (form.kind === 'sequence') return form.parts.flatMap((part, i) => partsOf(part, [...path, i]))
  if (form.kind === 'wrapped') {
    return [...partsOf(form.inner, [...path, 'inner']), { form: form.outer, places: new Place(path, true) }]
  }
  if (form.kind === 'branches') return branchParts(form, path)
  return isNothing(form) ? [] : [{ form, places: new Place(path) }]
}
