import { expect, test } from 'vitest'
import { layoutOf } from '../../../../../lib/form/layout.ts'
import type { Engine } from '../../../../../lib/hosts/engine.ts'
import { cut, kernelFor } from '../../../../../lib/hosts/tfjs/webgpu/recipe.ts'
import { type DeviceNumber, deviceScalars, load, tell } from '../../../../../lib/hosts/tfjs/webgpu/scalars.ts'
import { adamw, chain, clipByGlobalNorm, type GradientTransformation, scaleByAdam } from '../../../../../lib/index.ts'
import { planOf } from '../../../../../lib/rule/plan.ts'
import { type Mode, programOf } from '../../../../../lib/rule/program.ts'
import type { Rule } from '../../../../../lib/rule/rule.ts'
import { execute } from '../../../../../lib/run/execute.ts'

interface Buffer {
  readonly shape: readonly number[]
}

const sums = { name: 'the buffer of the sums' }

/** An engine that writes down its kernels instead of running them. */
const recorder = (texts: string[], width: 1 | 4, buffers: number): Engine<Buffer, DeviceNumber> => ({
  name: 'recorder',
  fast: true,
  scalars: deviceScalars,
  run: ({ pass, reads, into, uniforms, shapes }) => {
    const told = tell(uniforms as (number | DeviceNumber)[], (source) => source === sums)
    const over = pass.outputs.map((_, j) => {
      const buffer = into[j]?.[0]
      return buffer && reads.findIndex(([read]) => read === buffer)
    })
    const kind = { told, own: told.sources.indexOf(sums), over, width }
    for (const step of cut(pass, kind, buffers)) texts.push(kernelFor(pass, kind, step).text)
    return {
      outputs: pass.outputs.map(() => shapes.map((shape) => ({ shape }))),
      reductions: pass.reductions.map(() => load(sums, 0)),
    }
  },
  read: (buffer) => load(buffer, 0),
  write: () => ({ shape: [] }),
  fill: (shape) => ({ shape }),
  copy: ({ shape }) => ({ shape }),
  writable: () => true,
  identity: (buffer) => buffer,
  dispose: () => undefined,
  scope: (f) => f(),
})

/** A class, so that it is taken for a leaf. */
class Numbers implements Buffer {
  readonly shape = [8]
}

interface Asked {
  readonly mode?: Mode
  readonly donate?: boolean
  readonly width?: 1 | 4
  readonly buffers?: number
}

/** The kernels of a step of a transformation on one leaf. */
const kernels = (tx: GradientTransformation<never>, asked: Asked = {}): string[] => {
  const { mode = 'step', donate = true, width = 4, buffers = 8 } = asked
  const { leaves } = layoutOf(new Numbers())
  const plan = planOf(programOf(tx.form as Rule, mode, { fast: true }), leaves)
  const buffer = (): Buffer[] => [{ shape: [8] }]
  const slots = plan.program.slots.map(({ slot }) => (slot.rank === 'step' ? 0 : buffer()))
  const [grads, params] = [buffer(), buffer()]
  const reuse = { params, ahead: grads, slots: slots.map((slot) => (typeof slot === 'number' ? undefined : slot)) }
  const texts: string[] = []
  const given = { leaves, grads, params, slots, extras: {}, signals: {}, ...(donate && { reuse }) }
  execute(recorder(texts, width, buffers), plan, given)
  return texts
}

test('AdamW is one kernel that reads like its formulas, in place', () => {
  expect(kernels(adamw(1e-3) as never)).toMatchInlineSnapshot(`
    [
      "alias cell = vec4<f32>;

    struct Numbers {
      x0: f32,
      x1: f32,
      x2: f32,
      x3: f32,
      x4: f32,
      x5: f32,
      x6: f32,
      x7: f32,
      x8: f32,
      count: u32,
    }
    @group(1) @binding(0) var<uniform> n: Numbers;
    @group(0) @binding(0) var<storage, read_write> p_io: array<cell>;
    @group(0) @binding(1) var<storage, read_write> mu_io: array<cell>;
    @group(0) @binding(2) var<storage, read> g_in: array<cell>;
    @group(0) @binding(3) var<storage, read_write> nu_io: array<cell>;

    @compute @workgroup_size(64)
    fn main(
      @builtin(workgroup_id) group: vec3<u32>,
      @builtin(num_workgroups) groups: vec3<u32>,
      @builtin(local_invocation_index) lane: u32,
    ) {
      let k0 = cell(n.x0);
      let k1 = cell(n.x1);
      let k2 = cell(n.x2);
      let k3 = cell(n.x3);
      let k4 = cell(n.x4);
      let k5 = cell(n.x5);
      let k6 = cell(n.x6);
      let k7 = cell(n.x7);
      let k8 = cell(n.x8);
      for (var i = group.x * 64u + lane; i < n.count; i += groups.x * 64u) {
        let p_0 = p_io[i];
        let mu_0 = mu_io[i];
        let g_0 = g_in[i];
        let nu_0 = nu_io[i];
        let mu_1 = k1 * mu_0 + k2 * g_0;
        let nu_1 = k4 * nu_0 + k5 * (g_0 * g_0);
        let p_1 = p_0 + k0 * (mu_1 * k3 / (sqrt(nu_1 * k6) + k7) + k8 * p_0);
        p_io[i] = p_1;
        mu_io[i] = mu_1;
        nu_io[i] = nu_1;
      }
    }
    ",
    ]
  `)
})

test('AdamW behind a clipped norm is two kernels, the second of which computes the factor from the sum', () => {
  expect(kernels(chain(clipByGlobalNorm(1), adamw(1e-3)) as never)).toMatchInlineSnapshot(`
    [
      "alias cell = vec4<f32>;
    alias bits = vec4<u32>;
    alias order = vec4<i32>;
    alias truth = vec4<bool>;

    struct Numbers {
      x0: f32,
      x1: f32,
      x2: f32,
      x3: f32,
      x4: f32,
      count: u32,
      partials0: u32,
      partials1: u32,
      partials2: u32,
    }
    @group(1) @binding(0) var<uniform> n: Numbers;
    @group(0) @binding(0) var<storage, read> g_in: array<cell>;
    @group(0) @binding(1) var<storage, read_write> sums: array<f32>;
    var<workgroup> lanes: array<cell, 64>;

    fn one_if(test: truth) -> cell { return select(cell(0.0), cell(1.0), test); }
    fn magnitude(x: cell) -> bits { return bitcast<bits>(x) & bits(0x7fffffffu); }
    fn is_nan(x: cell) -> truth { return magnitude(x) > bits(0x7f800000u); }
    fn is_set(x: cell) -> truth { return magnitude(x) != bits(0u); }
    fn are_numbers(x: cell, y: cell) -> truth { return !(is_nan(x) | is_nan(y)); }
    fn sum_across(x: cell) -> f32 {
      let pairs = x + x.yxwz;
      let all = pairs + pairs.zwxy;
      return all.x;
    }

    @compute @workgroup_size(64)
    fn main(
      @builtin(workgroup_id) group: vec3<u32>,
      @builtin(num_workgroups) groups: vec3<u32>,
      @builtin(local_invocation_index) lane: u32,
    ) {
      let k0 = cell(n.x0);
      let k1 = cell(n.x1);
      let k2 = cell(n.x2);
      let k3 = cell(n.x3);
      let k4 = cell(n.x4);
      var total0 = cell(0.0);
      var total1 = cell(0.0);
      var total2 = cell(0.0);
      for (var i = group.x * 64u + lane; i < n.count; i += groups.x * 64u) {
        let g_0 = g_in[i];
        let v0 = abs(g_0);
        let v1 = one_if((k0 < v0) & are_numbers(k0, v0));
        let v2 = select(k2, g_0 * k1, is_set(v1));
        let part0 = v2 * v2;
        let v3 = one_if((v0 < k3) & are_numbers(v0, k3));
        let v4 = select(select(g_0, k2, is_set(v3)), k2, is_set(v1));
        let part1 = v4 * v4;
        let v5 = select(k2, g_0 * k4, is_set(v3));
        let part2 = v5 * v5;
        total0 = total0 + part0;
        total1 = total1 + part1;
        total2 = total2 + part2;
      }
      lanes[lane] = total0;
      workgroupBarrier();
      if (lane < 8u) {
        for (var j = lane + 8u; j < 64u; j += 8u) { total0 = total0 + lanes[j]; }
        lanes[lane] = total0;
      }
      workgroupBarrier();
      if (lane == 0u) {
        for (var j = 1u; j < 8u; j++) { total0 = total0 + lanes[j]; }
        sums[n.partials0 + group.x] = sum_across(total0);
      }
      workgroupBarrier();
      lanes[lane] = total1;
      workgroupBarrier();
      if (lane < 8u) {
        for (var j = lane + 8u; j < 64u; j += 8u) { total1 = total1 + lanes[j]; }
        lanes[lane] = total1;
      }
      workgroupBarrier();
      if (lane == 0u) {
        for (var j = 1u; j < 8u; j++) { total1 = total1 + lanes[j]; }
        sums[n.partials1 + group.x] = sum_across(total1);
      }
      workgroupBarrier();
      lanes[lane] = total2;
      workgroupBarrier();
      if (lane < 8u) {
        for (var j = lane + 8u; j < 64u; j += 8u) { total2 = total2 + lanes[j]; }
        lanes[lane] = total2;
      }
      workgroupBarrier();
      if (lane == 0u) {
        for (var j = 1u; j < 8u; j++) { total2 = total2 + lanes[j]; }
        sums[n.partials2 + group.x] = sum_across(total2);
      }
    }
    ",
      "alias cell = vec4<f32>;
    alias bits = vec4<u32>;
    alias order = vec4<i32>;
    alias truth = vec4<bool>;

    struct Numbers {
      x0: f32,
      x1: f32,
      x2: f32,
      x3: f32,
      x4: f32,
      x5: f32,
      x6: f32,
      x7: f32,
      x8: f32,
      x9: f32,
      x10: f32,
      x11: f32,
      x12: f32,
      x13: f32,
      x14: f32,
      at0: u32,
      at1: u32,
      at2: u32,
      count: u32,
    }
    @group(1) @binding(0) var<uniform> n: Numbers;
    @group(0) @binding(0) var<storage, read_write> p_io: array<cell>;
    @group(0) @binding(1) var<storage, read_write> mu_io: array<cell>;
    @group(0) @binding(2) var<storage, read> g_in: array<cell>;
    @group(0) @binding(3) var<storage, read_write> nu_io: array<cell>;
    @group(0) @binding(4) var<storage, read> sums: array<f32>;

    fn one_if(test: truth) -> cell { return select(cell(0.0), cell(1.0), test); }
    fn magnitude(x: cell) -> bits { return bitcast<bits>(x) & bits(0x7fffffffu); }
    fn is_nan(x: cell) -> truth { return magnitude(x) > bits(0x7f800000u); }
    fn is_set(x: cell) -> truth { return magnitude(x) != bits(0u); }
    fn are_numbers(x: cell, y: cell) -> truth { return !(is_nan(x) | is_nan(y)); }

    @compute @workgroup_size(64)
    fn main(
      @builtin(workgroup_id) group: vec3<u32>,
      @builtin(num_workgroups) groups: vec3<u32>,
      @builtin(local_invocation_index) lane: u32,
    ) {
      let k0 = cell(n.x0);
      let k1 = cell(n.x1);
      let k2 = cell(n.x2);
      let k4 = cell(n.x9);
      let k5 = cell(n.x10);
      let k6 = cell(n.x11);
      let k7 = cell(n.x12);
      let k8 = cell(n.x13);
      let k9 = cell(n.x14);
      let v0 = one_if((cell(n.x3) < cell(sums[n.at0])) & are_numbers(cell(n.x3), cell(sums[n.at0])));
      let v1 = sqrt(cell(sums[n.at0]) + cell(sums[n.at1]) * cell(n.x5) * cell(n.x5));
      let v2 = one_if((cell(sums[n.at1]) == cell(n.x3)) & are_numbers(cell(sums[n.at1]), cell(n.x3)));
      let v3 = sqrt(cell(sums[n.at2]));
      let v4 = sqrt(cell(sums[n.at1]) + cell(sums[n.at2]) * cell(n.x5) * cell(n.x5));
      let v5 = select(select(v4, cell(n.x5) * v3, is_set(v2)), cell(n.x4) * v1, is_set(v0));
      let k3 = select(cell(n.x6) / select(select(sqrt(v4), cell(n.x8) * sqrt(v3), is_set(v2)), cell(n.x7) * sqrt(v1), is_set(v0)), cell(n.x6), (v5 < cell(n.x6)) & are_numbers(v5, cell(n.x6)));
      for (var i = group.x * 64u + lane; i < n.count; i += groups.x * 64u) {
        let p_0 = p_io[i];
        let mu_0 = mu_io[i];
        let g_0 = g_in[i];
        let nu_0 = nu_io[i];
        let v6 = g_0 * k3 * k3;
        let mu_1 = k1 * mu_0 + k2 * v6;
        let nu_1 = k5 * nu_0 + k6 * (v6 * v6);
        let p_1 = p_0 + k0 * (mu_1 * k4 / (sqrt(nu_1 * k7) + k8) + k9 * p_0);
        p_io[i] = p_1;
        mu_io[i] = mu_1;
        nu_io[i] = nu_1;
      }
    }
    ",
    ]
  `)
})

test('an odd number of elements is taken one by one: the same text under another alias', () => {
  const [four] = kernels(adamw(1e-3) as never)
  const [one] = kernels(adamw(1e-3) as never, { width: 1 })
  expect(one).toBe(four?.replace('alias cell = vec4<f32>;', 'alias cell = f32;'))
})

test('a learning rate is no part of the text', () => {
  expect(kernels(adamw(1e-3) as never)).toEqual(kernels(adamw(7) as never))
})

test('AdamW with prediction binds eight buffers out of place, and four in place', () => {
  const bound = (text = ''): number => text.match(/@group\(0\)/g)?.length ?? 0
  const tx = adamw(1e-3, { predictSteps: 1 }) as never
  const out = kernels(tx, { mode: 'lookahead', donate: false })
  const inPlace = kernels(tx, { mode: 'lookahead' })
  expect([out.map(bound), inPlace.map(bound)]).toEqual([[8], [4]])
})

test('two slots of one name are told apart', () => {
  const [text] = kernels(chain(scaleByAdam(), scaleByAdam()) as never)
  expect(text).toContain('mu2_1 = k')
  expect(new Set(text?.match(/var<storage, \w+> \w+/g)).size).toBe(text?.match(/var<storage, \w+> \w+/g)?.length)
})

test('on a device that binds fewer buffers a pass becomes several kernels', () => {
  const texts = kernels(adamw(1e-3, { predictSteps: 1 }) as never, { mode: 'lookahead', donate: false, buffers: 6 })
  for (const text of texts) expect(text.match(/@group\(0\)/g)?.length).toBeLessThanOrEqual(6)
  expect(texts.length).toBeGreaterThan(1)
})
