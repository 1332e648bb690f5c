/** The plan as it was committed before the first training, so that nobody can change it unseen. */
export const registered = {
  commit: 'f6d8281dd5da8d182151fbb07ad9b30fa3626782',
  /** Of docs/study/plan.md. */
  sha256: '075bee956389c46365dad3a92fac4d2baef21901d3978b6e80115c66844409b5',
} as const
