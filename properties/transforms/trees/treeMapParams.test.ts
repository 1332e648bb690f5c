import { describe, expect, test } from 'vitest'
import { lackFindings } from '../../../lib/check/stageFindings.ts'
import { stagesOf } from '../../../lib/form/stages.ts'
import * as f from '../../../lib/index.ts'
import { catalogue } from '../../catalogue.ts'

const params = {
  w: [
    [1, 2],
    [3, 4],
  ],
  b: [1, 2],
}
const stateOf = (tx: f.GradientTransformation): unknown => f.float64(tx).init(params)
const places = { w: 'place of w', b: 'place of b' }
const placed = (tx: f.GradientTransformation, options = {}): unknown =>
  f.treeMapParams(tx, (_: never, place: never) => place, stateOf(tx), {
    rest: [places],
    transformNonParams: () => null,
    ...options,
  })

describe('where the parts of a state are to live', () => {
  test('moments have the places of the parameters, counts have none', () => {
    const tx = f.chain(
      f.clip(1),
      f.scaleByAdam(),
      f.scaleBySchedule(() => 1),
    )
    expect(placed(tx)).toEqual([{}, { count: null, mu: places, nu: places }, { count: null }])
  })

  test('numbers of the tree have none, reduced slots and numbers of a leaf do', () => {
    const { estimLr, gradSum } =
      (placed(f.prodigy()) as readonly { estimLr: unknown; gradSum: unknown }[])[0] ?? (placed(f.prodigy()) as never)
    expect([estimLr, gradSum]).toEqual([null, places])
    expect(placed(f.scaleByNovograd())).toEqual({ count: null, mu: places, nu: places })
    const factored = placed(f.scaleByFactoredRms({ minDimSizeToFactor: 2 }))
    expect(factored).toEqual({
      count: null,
      vRow: { w: places.w, b: [] },
      vCol: { w: places.w, b: [] },
      v: { w: [], b: places.b },
    })
  })

  test('a leaf that a mask keeps out has none', () => {
    expect(JSON.stringify(placed(f.masked(f.trace({ decay: 0.9 }), { w: true, b: false })))).toContain(
      JSON.stringify({ w: places.w, b: [] }),
    )
  })

  test('what a stage by hand keeps is known by its structure', () => {
    const tx = f.scaleByGalore({ rank: 1 })
    const { count, baseOptimizerState, projector } = placed(tx) as Record<string, unknown>
    expect(count).toBeNull()
    expect(baseOptimizerState).toEqual({ count: null, mu: places, nu: places })
    expect(projector).toEqual({ w: places.w, b: [] })
    expect(() => f.treeMapParams(tx, (x: never) => x, stateOf(tx))).toThrow(/params: expected the parameters/)
    expect(f.treeMapParams(tx, (x: never) => x, stateOf(tx), { params })).toEqual(stateOf(tx))
  })
})

test('of every row, the identity leaves the state as it is', () => {
  const host = { name: 'float64', ops: true }
  const rows = catalogue.filter(({ make }) =>
    stagesOf(make().form).every(({ form }) => form.kind === 'rule' || lackFindings(form, host).length === 0),
  )
  const visited = rows.filter(({ name, make }) => {
    const state = f.float64(make() as f.GradientTransformation).init(params)
    let seen = 0
    const same = f.treeMapParams(
      make() as f.GradientTransformation,
      (x: never) => {
        seen++
        return x
      },
      state,
      { params },
    )
    expect(same, name).toEqual(state)
    return seen > 0
  })
  expect(visited.length).toBeGreaterThan(catalogue.length / 2)
})

test('what is given is not changed, and wrong arguments are named', () => {
  const tx = f.scaleByAdam()
  const state = stateOf(tx)
  const before = structuredClone(state)
  f.treeMapParams(tx, () => 0, state)
  expect(state).toEqual(before)
  expect(() => f.treeMapParams(3 as never, () => 0, state)).toThrow(f.ForegradError)
  expect(() => f.treeMapParams(tx, 3 as never, state)).toThrow(/treeMapParams: f/)
  expect(() => f.treeMapParams(tx, () => 0, state, { rest: [{ w: 1 }] })).toThrow(
    /treeMapParams: rest\[0\]: expected something under b/,
  )
  expect(() => f.treeMapParams(tx, () => 0, state, { others: [] } as never)).toThrow(/unknown option/)
})
