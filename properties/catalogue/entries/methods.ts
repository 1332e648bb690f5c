/** Methods of docs/catalogue.md. */
import type { Section } from './section.ts'

export const methods: Section = {
  title: 'Methods',
  entries: [
    [
      'Adam-Rel: `adamRel`, `scaleByAdamRel`',
      ['methods/adamRel'],
      'Adam whose count starts anew when the target changes',
      'Ellis et al. 2024, arXiv 2412.17113',
    ],
    [
      'MARS: `marsAdamw`, `marsLion`, `marsShampoo`, `marsM`, `marsCorrection`',
      ['methods/mars'],
      'g + γ·b1/(1 − b1)·(g − g′), then AdamW, Lion, Shampoo or Muon',
      'Yuan et al. 2024, arXiv 2411.10438; Liu et al. 2025, arXiv 2510.21800',
    ],
    [
      'Muon: `muon`, `scaleByMuon`, `scaleByShape`, `orthogonalizeViaNewtonSchulz`',
      ['methods/muon'],
      'momentum with its singular values brought near 1, AdamW for the rest',
      'Jordan et al. 2024; Liu et al. 2025, arXiv 2502.16982',
    ],
    [
      'AdaMuon: `adamuon`, `scaleByAdamuon`',
      ['methods/muon'],
      'the sign of momentum orthogonalised, over the root of its second moment',
      'Si et al. 2025, arXiv 2507.11005',
    ],
    [
      'NorMuon: `normuon`, `scaleByNormuon`',
      ['methods/muon'],
      'momentum orthogonalised, each output over its root mean square',
      'Li et al. 2025, arXiv 2510.05491',
    ],
    [
      'SOAP: `soap`, `scaleBySoap`',
      ['methods/soap'],
      'Adam in the eigenbases of Shampoo’s preconditioners',
      'Vyas et al. 2024, arXiv 2409.11321',
    ],
    [
      'Shampoo: `shampoo`, `scaleByShampoo`',
      ['methods/shampoo'],
      'along each axis by an inverse root of the sum of products of gradients',
      'Gupta et al. 2018, arXiv 1802.09568',
    ],
    [
      '`blocked`',
      ['methods/matrices/blocked.ts'],
      'inner(block) for every block of a leaf',
      'Anil et al. 2020, arXiv 2002.09018',
    ],
    [
      'PSGD Kron: `kron`, `scaleByKron`, `precondUpdateProbSchedule`',
      ['methods/kron'],
      'along each axis by a triangular factor, learned so that the momentum becomes white',
      'Li 2018, arXiv 1512.04202; github.com/evanatyourservice/psgd_jax',
    ],
    [
      'GaLore: `galore`, `scaleByGalore`',
      ['methods/galore'],
      'an optimizer in the leading singular vectors of each matrix',
      'Zhao et al. 2024, arXiv 2403.03507',
    ],
    [
      'APOLLO: `apollo`, `scaleByApollo`',
      ['methods/galore'],
      'each channel scaled by what Adam does to it in few random dimensions',
      'Zhu et al. 2024, arXiv 2412.05270',
    ],
    [
      'Scion: `scion`, `scaleByScion`',
      ['methods/scion'],
      'to the border of a ball whose norm fits the layer',
      'Pethick et al. 2025, arXiv 2502.07529',
    ],
    [
      'IVON: `ivon`, `withSampledGradient`, `ivonPredict`',
      ['methods/ivon'],
      'a Gaussian over the weights; the gradient at a draw',
      'Shen et al. 2024, arXiv 2402.17641',
    ],
    [
      'Switch EMA: `switchEma`',
      ['methods/switchEma'],
      'w ← ema every so many steps',
      'Li et al. 2024, arXiv 2402.09240',
    ],
    [
      'Amos: `amos`, `scaleByAmos`',
      ['methods/amos'],
      'Adam whose decay follows from a target scale',
      'Tian & Parikh 2022, arXiv 2210.11693',
    ],
    [
      'BoostNet: `boostedLosses`, `earlyExit` …',
      ['methods/boostnet'],
      'exit n corrects the sum of those before it',
      'Yu et al. 2023, arXiv 2211.16726',
    ],
    [
      'binary networks: `binarizeWeight`, `twoStepSchedule` …',
      ['methods/adamBnn'],
      'α·sign(w), straight through',
      'Liu et al. 2021, arXiv 2106.11309',
    ],
    [
      'LaPerm: `lookaheadPermutation`',
      ['methods/laperm'],
      'initial weights in the order of the trained ones',
      'Qiu & Suda 2020, arXiv 2003.02570',
    ],
  ],
}
