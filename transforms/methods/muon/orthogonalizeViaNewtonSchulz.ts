import { checkRunArgument, checkRunOptions } from '../../../lib/check/options.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import type { Host } from '../../../lib/hosts/host.ts'
import { newtonSchulz } from './newtonSchulz.ts'
import { type ScaleByMuonOptions, scaleByMuonKinds, stepsOf } from './scaleByMuon.ts'

/** Options of `orthogonalizeViaNewtonSchulz`. */
export interface OrthogonalizeViaNewtonSchulzOptions
  extends Pick<ScaleByMuonOptions, 'nsCoeffs' | 'nsSteps' | 'eps' | 'preconditioning'> {}

const { nsCoeffs, nsSteps, eps, preconditioning } = scaleByMuonKinds
const kinds = { nsCoeffs, nsSteps, eps, preconditioning }

/**
 * A matrix with its singular vectors kept and its singular values brought near 1: the steps of `scaleByMuon`, on the operations of a host; `foregrad` has it on tensors.
 *
 * Shapes: x and the result [n, m].
 * Defaults: nsCoeffs = (3.4445, −4.775, 2.0315), nsSteps = 5, eps = 1e-8, preconditioning = 'frobenius'.
 * Errors: `bad-argument` for what is no matrix of the host; `bad-hyperparameter` for more rows of coefficients than steps.
 * Source: Jordan et al. 2024, Muon; optax, `contrib.orthogonalize_via_newton_schulz`, which takes dimension numbers, too.
 */
export const orthogonalizeViaNewtonSchulz =
  <A extends Shaped>(host: Host<A>) =>
  (x: A, options: OrthogonalizeViaNewtonSchulzOptions = {}, ...excess: Excess): A => {
    const where = 'orthogonalizeViaNewtonSchulz'
    noExcess(where, excess)
    checkRunOptions(where, options, kinds)
    const isMatrix = (m: unknown): boolean => host.check(m, undefined) === undefined && (m as A).shape.length === 2
    checkRunArgument(`${where}: x`, x, { expected: 'a matrix', test: isMatrix })
    const { nsSteps: steps = 5, eps: floor = 1e-8, preconditioning: kind = 'frobenius' } = options
    const how = { coefficients: stepsOf(options.nsCoeffs, steps, where), eps: floor, preconditioning: kind }
    return host.engine().scope(() => newtonSchulz(host.ops as ArrayOps<A>, x, how))
  }
