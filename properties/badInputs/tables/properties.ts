/** What the functions that test optimizers are given wrongly. */
import * as f from '../../../lib/index.ts'
import * as p from '../../index.ts'
import { against, plain, type Row } from '../row.ts'

const told = (code: f.ErrorCode, ...paths: readonly string[]) => ({ code, paths }) as const
const none: readonly unknown[] = [null, undefined, 7, 'adam', {}, [], new Map()]
const noText: readonly unknown[] = [null, undefined, 7, {}, []]
const noChecks: readonly unknown[] = [null, undefined, 7, 'check', {}]
const tx = () => f.scale(-0.1)

const subject = p.subjectOf({ name: 'still', step: (params) => ({ params, state: 0 }) })

export const properties: readonly Row[] = [
  ...against(none, (x, n) => plain(`mutants of ${n}`, () => p.mutants(x as never), told('bad-rule'))),
  ...against(none, (x, n) => plain(`equivalents of ${n}`, () => p.equivalents(x as never), told('bad-rule'))),
  ...against(none, (x, n) => plain(`survivors of ${n}`, () => p.survivors(x as never, () => {}), told('bad-rule'))),
  ...against(noChecks, (x, n) =>
    plain(`survivors: check ${n}`, () => p.survivors(tx(), x as never), told('bad-argument', 'survivors: check')),
  ),
  ...against(noChecks, (x, n) =>
    plain(
      `mutationScore: check ${n}`,
      () => p.mutationScore(tx(), x as never),
      told('bad-argument', 'mutationScore: check'),
    ),
  ),
  ...against(none, (x, n) =>
    plain(`agreesWith ${n}`, () => p.agreesWith(x as never), told('bad-argument', 'agreesWith: reference')),
  ),
  ...against(none, (x, n) => plain(`equivalent to ${n}`, () => p.equivalent(tx(), x as never), told('bad-rule'))),
  ...against(none, (x, n) => plain(`subjectOf ${n}`, () => p.subjectOf(x as never), told('bad-argument', 'subjectOf'))),
  ...against(none, (x, n) =>
    plain(`findings of ${n}`, () => p.findings(x as never), told('bad-argument', 'findings: subject')),
  ),
  ...against([0, -1, 1.5, '8', null], (x, n) =>
    plain(`recordedBy: steps ${n}`, () => p.recordedBy(subject, x as never), told('bad-argument', 'recordedBy: steps')),
  ),
  ...against(noText, (x, n) =>
    plain(
      `checkPrograms: name ${n}`,
      () => p.checkPrograms(x as never, tx),
      told('bad-argument', 'checkPrograms: name'),
    ),
  ),
  ...against([...none, tx()], (x, n) =>
    plain(
      `checkPrograms: make ${n}`,
      () => p.checkPrograms('x', x as never),
      told('bad-argument', 'checkPrograms: make'),
    ),
  ),
  ...against(none, (x, n) =>
    plain(
      `checkPrograms: made ${n}`,
      () => p.checkPrograms('x', () => x as never),
      told('bad-argument', 'checkPrograms: make'),
    ),
  ),
  ...(['runs', 'instructions', 'backends'] as const).flatMap((key) =>
    against([0, 1.5, 'x', [], ['metal']], (x, n) =>
      plain(
        `checkPrograms: ${key} ${n}`,
        () => p.checkPrograms('x', tx, { [key]: x } as never),
        told('bad-argument', `checkPrograms: ${key}`),
      ),
    ),
  ),
]
