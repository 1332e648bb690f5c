import * as tf from '@tensorflow/tfjs-core'
import { checkArgument } from '../../../check/options.ts'
import { isBranch } from '../../../data/branch.ts'
import { type Excess, noExcess } from '../../../data/excess.ts'
import { type Fault, raiseAs } from '../../../errors/error.ts'
import { otherVariables, otherWeights, stranger, unknownOptimizer, weightsOfAnother } from '../../../errors/tfjs.ts'
import { mapRecord } from '../../../expr/meaning.ts'
import type { Extra } from '../../../form/form.ts'
import { isMarked } from '../../../form/stages.ts'
import { checkTransformation, type GradientTransformation } from '../../../form/transformation.ts'
import { show } from '../../../read/explain.ts'
import { initForm, runForm } from '../../../run/runForm.ts'
import { extraKind } from '../../../train/step.ts'
import { dispose } from '../dispose.ts'
import { tfjsHost } from '../host.ts'
import { isTensor } from '../tensor.ts'
import { type NamedTensor, type ReadWeights, readWeights, stateOf, weightsOf } from './weights.ts'

type Named = Readonly<Record<string, tf.Tensor>>
type Transformation = GradientTransformation<never> | GradientTransformation

/** What an optimizer holds between steps. */
interface Held {
  /** The parameters' names, as the state knows them, and those of the variables: others where a model was loaded beside itself. */
  readonly variables: Readonly<Record<string, string>>
  readonly state: unknown
  readonly ahead: Named | undefined
}

/** Weights that were set, until there are gradients that say for which variables they are. */
interface Pending {
  readonly names: readonly string[]
  readonly state: ReadWeights
  readonly ahead: ReadWeights
}

const tensorsIn = (x: unknown): tf.Tensor[] =>
  isTensor(x) ? [x] : isBranch(x) ? Object.values(x).flatMap(tensorsIn) : []

/** What tfjs-layers tidies away after each batch must be kept. */
const kept = <T>(tree: T): T => {
  for (const tensor of tensorsIn(tree)) tf.keep(tensor)
  return tree
}

const variableOf = (name: string): tf.Variable => tf.engine().registeredVariables[name] as tf.Variable

/** Gradients of variables that were not there at the first step. */
const strangers = (variables: Held['variables'], grads: Named): Fault[] =>
  Object.keys(grads)
    .filter((name) => !Object.values(variables).includes(name))
    .map(stranger)

const variablesNow = (): tf.Variable[] =>
  Object.values(tf.engine().registeredVariables).filter(({ trainable }) => trainable)

/** The optimizers of this program by their formulas: a saved model names its optimizer by these. */
const made = new Map<string, Transformation>()

/** The names of weights: those of parameters, and of predicted weights. */
const [ofName, aheadName] = ['of ', 'ahead ']

/** A `tf.Optimizer` that shows its state, and takes signals. */
export interface OptimizerOf<S> extends tf.Optimizer {
  /** The state as the last step left it: for `hyperparams(tx, state)` and `metrics(state)`. Undefined before the first step. */
  readonly state: S | undefined
  /** Signals and trees for the next steps, by name: `{ lr: 1e-4 }` for `adam(signal('lr'))`. Default: {}. */
  extra: Extra
}

const named = (
  names: readonly string[],
  ahead: readonly (readonly [string, tf.Tensor])[],
  state: readonly NamedTensor[],
): NamedTensor[] => [
  ...names.map((name) => ({ name: `${ofName}${name}`, tensor: tf.scalar(0) })),
  ...ahead.map(([name, tensor]) => ({ name: `${aheadName}${name}`, tensor: tf.clone(tensor) })),
  ...state,
]

class ForegradOptimizer extends tf.Optimizer {
  static readonly className = 'ForegradOptimizer'
  extra: Extra = {}
  private readonly tx: Transformation
  private held: Held | undefined
  private pending: Pending | undefined
  /** What the last `getWeights` gave. Whoever asks, `model.save` too, does not give it back. */
  private given: readonly NamedTensor[] = []

  constructor(tx: Transformation) {
    super()
    this.tx = tx
  }

  get state(): unknown {
    return this.held?.state
  }

  override minimize(f: () => tf.Scalar, returnCost = false, varList?: tf.Variable[]): tf.Scalar | null {
    // The gradient of a training that goes on is taken at the place that came with it.
    if (this.pending) this.held = this.start((varList ?? variablesNow()).map(({ name }) => name))
    const { value, grads } = this.atPlace(() => this.computeGradients(f, varList))
    try {
      this.applyGradients(grads)
    } finally {
      tf.dispose(grads)
    }
    if (returnCost) return value
    value.dispose()
    return null
  }

  /** Runs `f` with the variables at the predicted weights, where there are any. */
  private atPlace<T>(f: () => T): T {
    if (!this.held?.ahead) return f()
    const { variables, ahead } = this.held
    const places = Object.entries(ahead).map(([key, place]) => [variableOf(variables[key] as string), place] as const)
    const real = places.map(([variable]) => tf.keep(tf.clone(variable)))
    try {
      for (const [variable, place] of places) variable.assign(place)
      return f()
    } finally {
      places.forEach(([variable], i) => {
        variable.assign(real[i] as tf.Tensor)
      })
      tf.dispose(real)
    }
  }

  applyGradients(given: tf.NamedTensorMap | NamedTensor[]): void {
    const { form } = this.tx
    checkArgument('toOptimizer: extra', this.extra, extraKind)
    const all: Named = Array.isArray(given)
      ? Object.fromEntries(given.map(({ name, tensor }) => [name, tensor]))
      : given
    tf.tidy(() => {
      const held = this.held ?? this.start(Object.keys(all))
      const { variables } = held
      raiseAs(otherVariables, strangers(variables, all))
      const params = mapRecord(variables, variableOf)
      const grads = mapRecord(variables, (name) => all[name] ?? tf.zerosLike(variableOf(name)))
      const mode = isMarked(form) ? 'lookahead' : 'step'
      const next = runForm<tf.Tensor>(form, mode, { grads, params, state: held.state, extra: this.extra }, tfjsHost)
      this.take({ variables, state: kept(next.state), ahead: kept(next.ahead) as Named | undefined })
      for (const [key, variable] of Object.entries(params)) variable.assign((next.params as Named)[key] as tf.Tensor)
    })
    this.incrementIterations()
  }

  /** What is held before the first step. Weights that were set go by name or, in a model loaded beside itself, by what stands before the number of a name. */
  private start(names: readonly string[]): Held {
    const { pending } = this
    const initial = (variables: Held['variables']): unknown =>
      initForm(this.tx.form, mapRecord(variables, variableOf), tfjsHost)
    if (!pending) {
      const variables = Object.fromEntries(names.map((name) => [name, name]))
      return { variables, state: initial(variables), ahead: undefined }
    }
    return tfjsHost.engine().scope(() => this.resume(pending, names, initial))
  }

  private resume(pending: Pending, names: readonly string[], initial: (variables: Held['variables']) => unknown): Held {
    const known = names.length === pending.names.length && pending.names.every((name) => names.includes(name))
    const faults = known ? [] : nameFaults(pending.names, names)
    raiseAs(otherWeights, faults)
    const variables = Object.fromEntries(pending.names.map((name, i) => [name, known ? name : (names[i] as string)]))
    const state = kept(stateOf(initial(variables), pending.state))
    const ahead = kept(mapRecord(Object.fromEntries(pending.ahead.tensors), (tensor) => tf.clone(tensor)))
    this.forget()
    return { variables, state, ahead: Object.keys(ahead).length > 0 ? ahead : undefined }
  }

  private take(held: Held | undefined): void {
    const old = this.held
    this.held = held
    dispose([old?.state, old?.ahead])
  }

  private forget(): void {
    const { state, ahead } = this.pending ?? {}
    for (const { tensors } of [state, ahead].filter((each) => each !== undefined))
      for (const tensor of tensors.values()) tensor.dispose()
    this.pending = undefined
  }

  private takeBack(): void {
    tf.dispose(this.given.map(({ tensor }) => tensor))
    this.given = []
  }

  override dispose(): void {
    this.take(undefined)
    this.forget()
    this.takeBack()
  }

  override async getWeights(): Promise<NamedTensor[]> {
    const iterations = await this.saveIterations()
    this.takeBack()
    this.given = [iterations, ...this.weights()]
    return [...this.given]
  }

  /** New tensors of what is held, or of weights that were set and not used yet. */
  private weights(): NamedTensor[] {
    const { held, pending } = this
    if (held) return named(Object.keys(held.variables), Object.entries(held.ahead ?? {}), weightsOf(held.state))
    if (!pending) return []
    const state = [...pending.state.tensors].map(([name, tensor]) => ({ name, tensor: tf.clone(tensor) }))
    return named(pending.names, [...pending.ahead.tensors], state)
  }

  override async setWeights(given: NamedTensor[]): Promise<void> {
    const all = await this.extractIterations(given)
    const behind = (prefix: string): NamedTensor[] =>
      all
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ name, tensor }) => ({ name: name.slice(prefix.length), tensor }))
    const names = behind(ofName).map(({ name }) => name)
    const state = await readWeights(all.filter(({ name }) => name.startsWith('state')))
    const ahead = await readWeights(behind(aheadName))
    this.dispose()
    if (names.length > 0) this.pending = { names, state, ahead }
  }

  getConfig(): tf.serialization.ConfigDict {
    return { rule: show(this.tx) }
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    _: tf.serialization.SerializableConstructor<T>,
    { rule }: tf.serialization.ConfigDict,
  ): T {
    const tx = made.get(rule as string)
    if (tx) return new ForegradOptimizer(tx) as unknown as T
    throw unknownOptimizer(rule)
  }
}

tf.serialization.registerClass(ForegradOptimizer)

/** A name without the number that tfjs puts behind one that is taken: a model that is loaded beside itself has such. */
const own = (name: string): string => name.replace(/_\d+$/, '')

/** Where variables are not those that weights were saved of, place by place. */
const nameFaults = (stored: readonly string[], names: readonly string[]): Fault[] =>
  Array.from({ length: Math.max(stored.length, names.length) }, (_, i) => [names[i], stored[i]] as const).flatMap(
    ([name, of]) =>
      name !== undefined && of !== undefined && own(name) === own(of)
        ? []
        : [weightsOfAnother(name ?? (of as string), Boolean(name), of)],
  )

/**
 * A transformation as a `tf.Optimizer`, for `model.compile({ optimizer })` and `optimizer.minimize(loss)` of TensorFlow.js.
 *
 * The parameters are a record of the variables by their names (`dense_Dense1/kernel`), and masks go by these:
 * `masked(tx, (params) => treeMap(params, (_, [name]) => !String(name).endsWith('bias')))`. A variable that the loss does not use has a gradient of zeros, as with
 * `valueAndGrad`. Behind a mark (`predictSteps`, `predictAhead`) `minimize` takes the gradient at the predicted weights.
 *
 * `getWeights` and `setWeights` carry the whole state, so a model that is saved with its optimizer goes on bit for bit; before such a model is loaded,
 * the program has to make the same optimizer with `toOptimizer`. What `getWeights` gives, the next `getWeights` and `dispose` take back. `dispose` gives the
 * state back; variables are the model's.
 *
 * `optimizer.state` is what `hyperparams(tx, state)` and `metrics(state)` read, in a callback of `fit` for example; `optimizer.extra = { lr }` gives the
 * next steps a rate `signal('lr')`. Nothing is read back otherwise.
 *
 * Errors: `bad-rule` for what is no transformation; in steps those of `step`, and `tree-mismatch` for variables that come later.
 *
 * @example model.compile({ optimizer: toOptimizer(adamw(1e-3, { predictSteps: 1 })), loss: 'meanSquaredError' })
 */
export const toOptimizer = <S>(tx: GradientTransformation<S>, ...excess: Excess): OptimizerOf<S> => {
  noExcess('toOptimizer', excess)
  checkTransformation('toOptimizer', tx)
  made.set(show(tx), tx)
  return new ForegradOptimizer(tx) as unknown as OptimizerOf<S>
}
