/** The rows of what works on matrices: Muon's kin, and preconditioners of both sides. */
import * as f from '../../lib/index.ts'
import { type Row, row } from './row.ts'

const rate = 0.05
const forecast = { predictSteps: 1.5 }

const isMatrix = (params: f.Params) => f.treeMap(params as f.Tree<{ readonly rank: number }>, ({ rank }) => rank === 2)

const normOf = ({ shape }: f.MuonLeaf): f.ScionNorm =>
  shape.length < 2 ? 'sign' : shape.length === 2 ? 'rows' : 'columns'

export const matrixRows: readonly Row[] = Object.freeze([
  row('scaleByAdamuon', () => f.masked(f.scaleByAdamuon(), isMatrix)),
  row('adamuon', () => f.adamuon(rate, { weightDecay: 0.1, ...forecast })),
  row('scaleByNormuon', () => f.masked(f.scaleByNormuon(), isMatrix)),
  row(
    'scaleByNormuon',
    () => f.masked(f.scaleByNormuon({ outputAxis: 'first', nesterov: false }), isMatrix),
    {},
    'rows',
  ),
  row('normuon', () => f.normuon(rate, { weightDecay: 0.1, ...forecast })),
  row('marsM', () => f.marsM(rate, { weightDecay: 0.1, ...forecast })),
  row('scaleByScion', () => f.scaleByScion()),
  row('scaleByScion', () => f.scaleByScion({ norm: normOf, outputAxis: 'first' }), {}, 'other norms'),
  row('scion', () => f.scion(rate, { radius: 2, ...forecast })),
  row(
    'scion',
    () => f.scion(rate, { norm: 'sign', radius: () => 0.5, constrained: false, ...forecast }),
    {},
    'unconstrained',
  ),
  row('scaleByAdamMini', () => f.scaleByAdamMini()),
  row('scaleByAdamMini', () => f.scaleByAdamMini({ blocks: () => 'leaf' }), {}, 'by leaf'),
  row('adamMini', () => f.adamMini(rate, { weightDecay: 0.1, ...forecast }), { descends: true }),
  row('scaleBySoap', () => f.scaleBySoap({ preconditionFrequency: 2 })),
  row('scaleBySoap', () => f.scaleBySoap({ precondition1d: true, normalizeGrads: true }), {}, 'vectors'),
  row('soap', () => f.soap(rate, { weightDecay: 0.1, preconditionFrequency: 1, ...forecast })),
  row('scaleByGalore', () => f.scaleByGalore({ rank: 1, updateProjGap: 2 })),
  row(
    'scaleByGalore',
    () =>
      f.scaleByGalore({ rank: 2, projType: 'std', scale: 0.5, baseOptimizer: f.chain(f.scaleByLion(), f.clip(0.5)) }),
    {},
    'Lion inside',
  ),
  row('galore', () => f.galore(rate, { rank: 1, weightDecay: 0.1, ...forecast })),
  row('scaleByApollo', () => f.scaleByApollo({ rank: 1, updateProjGap: 2, scaleType: 'tensor', scale: 4 })),
  row('scaleByApollo', () => f.scaleByApollo({ rank: 1, proj: 'svd', scaleFront: true }), {}, 'singular vectors'),
  row('apollo', () => f.apollo(rate, { rank: 2, weightDecay: 0.1, ...forecast })),
  row('scaleByShampoo', () => f.scaleByShampoo({ matrixEps: 0.25 })),
  row(
    'scaleByShampoo',
    () => f.scaleByShampoo({ matrixEps: 0.25, beta2: 0.5, preconditionFrequency: 2, graft: 'sgd' }),
    {},
    'grafted',
  ),
  row('scaleByShampoo', () => f.scaleByShampoo({ matrixEps: 0.25, blockSize: 2, graft: 'sgd' }), {}, 'blocks'),
  row('scaleBySoap', () => f.scaleBySoap({ preconditionFrequency: 2, blockSize: 2 }), {}, 'blocks'),
  row('blocked', () => f.chain(f.blocked(f.scaleByShampoo({ matrixEps: 0.25 }), { size: 2 }), f.scale(-rate))),
  row('blocked', () => f.blocked(f.chain(f.scaleByAdam(), f.scale(-rate)), { size: 2 }), {}, 'rules'),
  row('scaleByKron', () => f.scaleByKron()),
  row(
    'scaleByKron',
    () =>
      f.scaleByKron({ memorySaveMode: 'oneDiag', minNdimTriangular: 1, preconditionerUpdateProbability: 0.5, b1: 0 }),
    {},
    'one axis diagonal',
  ),
  row('kron', () => f.kron(rate, { momentumIntoPrecondUpdate: false, weightDecay: 0.1, ...forecast })),
  row('shampoo', () => f.shampoo(rate, { matrixEps: 0.25, momentum: 0.5, weightDecay: 0.1, ...forecast })),
])
