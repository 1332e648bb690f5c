/**
 * What adamw on many small leaves would take on WebGPU, were several leaves one dispatch: the same arithmetic on plain buffers, without this library and
 * without tfjs, which make the gradients' and parameters' buffers.
 *
 *     npx tsx examples/benchmarks/arenas.ts                      on the software device of the tests, or the machine's own
 *     npx tsx examples/benchmarks/arenas.ts --device null        without a device: the host's work alone
 */
import { oneOf, runCommand } from '../flags.ts'
import { againInSoftware } from './againInSoftware.ts'
import { type Shape, shapeText } from './contestants.ts'
import { table } from './tables.ts'
import { type Party, quantile, raceSteps } from './timing.ts'

const shapes: readonly Shape[] = [
  { leaves: 200, size: 5000 },
  { leaves: 1000, size: 64 },
]

const flags = { device: { help: 'what runs it', ...oneOf(['default', 'null'], 'default') } }

/** Leaves begin at multiples of what a binding's offset must be a multiple of. */
const ALIGNMENT = 256
const LANES = 64
/** The buffers that every device binds in a dispatch. */
const DEFAULT_LIMIT = 8
const TURNS = 4

const adamw = `
fn moved(p: f32, g: f32, m: ptr<storage, f32, read_write>, v: ptr<storage, f32, read_write>) -> f32 {
  *m = 0.9 * *m + 0.1 * g;
  *v = 0.999 * *v + 0.001 * g * g;
  return p - 0.001 * (*m * n.c1 / (sqrt(*v * n.c2) + 1e-8) + 0.0001 * p);
}`

const numbers = `
struct Numbers { c1: f32, c2: f32, count: u32, stride: u32 }
@group(1) @binding(0) var<uniform> n: Numbers;`

const tree = (binding: number, name: string, access = 'read_write'): string =>
  `@group(0) @binding(${binding}) var<storage, ${access}> ${name}: array<f32>;`

/** Every workgroup takes a few turns over its part of a leaf. */
const loop = (body: string): string => `
  for (var i = group.x * ${LANES}u + lane; i < n.count; i += groups.x * ${LANES}u) {
${body}
  }`

const main = (body: string): string => `
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
${body}
}`

/** A leaf a dispatch, every tree in a buffer of its own: what the library does. */
const oneText = [
  ...[tree(0, 'p'), tree(1, 'g', 'read'), tree(2, 'm'), tree(3, 'v'), numbers, adamw],
  main(loop('    p[i] = moved(p[i], g[i], &m[i], &v[i]);')),
].join('\n')

/**
 * A few leaves a dispatch: the moments of all lie in two arenas, and where `inArena` the parameters in a third. Every row has a loop of its own: a software
 * device takes all ways of a choice, and leaves a loop at once that is not its own.
 */
const fewText = (rows: number, inArena: boolean): string => {
  const own = Array.from({ length: rows }, (_, k) => [`g${k}`, ...(inArena ? [] : [`p${k}`])]).flat()
  const shared = [...(inArena ? ['p'] : []), 'm', 'v']
  const loops = Array.from({ length: rows }, (_, k) => {
    const p = inArena ? 'p[first + i]' : `p${k}[i]`
    return `    case ${k}u: {
${loop(`      ${p} = moved(${p}, g${k}[i], &m[first + i], &v[first + i]);`)}
    }`
  })
  return [
    ...own.map((name, i) => tree(i, name, name.startsWith('g') ? 'read' : 'read_write')),
    ...shared.map((name, i) => tree(own.length + i, name)),
    ...[numbers, adamw],
    main(`  let first = group.y * n.stride;
  switch group.y {
${loops.join('\n')}
    default: {}
  }`),
  ].join('\n')
}

/** All leaves in one dispatch: every tree is an arena. */
const arenaText = [
  ...[tree(0, 'p'), tree(1, 'g', 'read'), tree(2, 'm'), tree(3, 'v'), numbers, adamw],
  main(
    loop(`    let at = group.y * n.stride + i;
    p[at] = moved(p[at], g[at], &m[at], &v[at]);`),
  ),
].join('\n')

const { STORAGE, COPY_SRC, COPY_DST, UNIFORM, MAP_READ } = {
  ...{ STORAGE: 0x80, COPY_SRC: 0x4, COPY_DST: 0x8, UNIFORM: 0x40, MAP_READ: 0x1 },
}

const pipelineOf = (device: GPUDevice, code: string, reads: readonly number[], count: number): GPUComputePipeline => {
  const entry = (binding: number, buffer: GPUBufferBindingLayout) => ({ binding, visibility: 4, buffer })
  const entries = Array.from({ length: count }, (_, i) =>
    entry(i, { type: reads.includes(i) ? 'read-only-storage' : 'storage' }),
  )
  const bindGroupLayouts = [
    device.createBindGroupLayout({ entries }),
    device.createBindGroupLayout({ entries: [entry(0, { type: 'uniform' })] }),
  ]
  return device.createComputePipeline({
    layout: device.createPipelineLayout({ bindGroupLayouts }),
    compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
  })
}

interface Way {
  readonly name: string
  readonly step: () => void
  /** Where the first leaf's parameters are. */
  readonly first: GPUBuffer
}

/** The parameters and gradients of tfjs's, which are buffers of their own, and what ways there are. */
const waysOf = (device: GPUDevice, { leaves, size }: Shape): { ways: Way[]; leave: () => void } => {
  const all: GPUBuffer[] = []
  const bytes = 4 * size
  const stride = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
  const make = (length: number, usage = STORAGE | COPY_SRC | COPY_DST): GPUBuffer => {
    const buffer = device.createBuffer({ size: length, usage })
    all.push(buffer)
    return buffer
  }
  const filled = (from: number): GPUBuffer => {
    const buffer = make(bytes)
    device.queue.writeBuffer(
      buffer,
      0,
      Float32Array.from({ length: size }, (_, i) => Math.sin(i + from)),
    )
    return buffer
  }
  const each = <A>(f: (leaf: number) => A): A[] => Array.from({ length: leaves }, (_, leaf) => f(leaf))
  const grads = each((leaf) => filled(leaf))
  const params = () => each((leaf) => filled(7 * leaf + 1))
  const groups = Math.ceil(size / (LANES * TURNS))
  const told = make(16, UNIFORM | COPY_DST)
  const tell = (t: number): void => {
    const block = new ArrayBuffer(16)
    new Float32Array(block).set([1 / (1 - 0.9 ** t), 1 / (1 - 0.999 ** t)])
    new Uint32Array(block, 8).set([size, stride / 4])
    device.queue.writeBuffer(told, 0, block)
  }
  const bind = (pipeline: GPUComputePipeline, at: number, resources: readonly GPUBufferBinding[]): GPUBindGroup =>
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(at),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    })
  const way = (
    name: string,
    first: GPUBuffer,
    runs: readonly { readonly pipeline: GPUComputePipeline; readonly group: GPUBindGroup; readonly rows: number }[],
    copies: readonly (readonly [from: GPUBuffer, at: number, to: GPUBuffer, at: number])[] = [],
    back: typeof copies = [],
  ): Way => {
    const blocks = new Map(runs.map(({ pipeline }) => [pipeline, bind(pipeline, 1, [{ buffer: told }])]))
    let t = 0
    const step = (): void => {
      tell(++t)
      const encoder = device.createCommandEncoder()
      for (const [from, at, to, place] of copies) encoder.copyBufferToBuffer(from, at, to, place, bytes)
      const pass = encoder.beginComputePass()
      let last: GPUComputePipeline | undefined
      for (const { pipeline, group, rows } of runs) {
        if (pipeline !== last) {
          pass.setPipeline(pipeline)
          pass.setBindGroup(1, blocks.get(pipeline))
          last = pipeline
        }
        pass.setBindGroup(0, group)
        pass.dispatchWorkgroups(groups, rows)
      }
      pass.end()
      for (const [from, at, to, place] of back) encoder.copyBufferToBuffer(from, at, to, place, bytes)
      device.queue.submit([encoder.finish()])
    }
    return { name, step, first }
  }
  const one = pipelineOf(device, oneText, [1], 4)
  const arena = pipelineOf(device, arenaText, [1], 4)
  const whole = (): GPUBuffer => make(leaves * stride)
  const filledArena = (from: (leaf: number) => number): GPUBuffer => {
    const buffer = whole()
    for (let leaf = 0; leaf < leaves; leaf++)
      device.queue.writeBuffer(
        buffer,
        leaf * stride,
        Float32Array.from({ length: size }, (_, i) => Math.sin(i + from(leaf))),
      )
    return buffer
  }
  const start = (leaf: number): number => 7 * leaf + 1
  const ps = [params(), params(), params(), params()] as const
  const moments = () => [whole(), whole()] as const
  const single = way(
    'a leaf a dispatch',
    ps[0][0] as GPUBuffer,
    each((leaf) => {
      const own = [ps[0][leaf], grads[leaf], make(bytes), make(bytes)]
      return {
        pipeline: one,
        group: bind(
          one,
          0,
          own.map((buffer) => ({ buffer: buffer as GPUBuffer })),
        ),
        rows: 1,
      }
    }),
  )
  /** Leaves a dispatch, as many as the device binds buffers for. */
  const few = (inArena: boolean, limit: number, ps: readonly GPUBuffer[]): Way => {
    const rows = inArena ? limit - 3 : Math.floor((limit - 2) / 2)
    const perLeaf = inArena ? 1 : 2
    const reads = Array.from({ length: rows }, (_, k) => perLeaf * k)
    const pipelines = new Map<number, GPUComputePipeline>()
    const pipelineFor = (of: number): GPUComputePipeline => {
      const known = pipelines.get(of)
      if (known) return known
      const reading = reads.slice(0, of)
      const made = pipelineOf(device, fewText(of, inArena), reading, perLeaf * of + (inArena ? 3 : 2))
      pipelines.set(of, made)
      return made
    }
    const arenas = [...(inArena ? [filledArena(start)] : []), ...moments()]
    const starts = Array.from({ length: Math.ceil(leaves / rows) }, (_, k) => rows * k)
    const runs = starts.map((first) => {
      const of = Math.min(rows, leaves - first)
      const own = Array.from({ length: of }, (_, k) => [grads[first + k], ...(inArena ? [] : [ps[first + k]])]).flat()
      const range = (buffer: GPUBuffer) => ({ buffer, offset: first * stride, size: of * stride })
      const pipeline = pipelineFor(of)
      const group = bind(pipeline, 0, [...own.map((buffer) => ({ buffer: buffer as GPUBuffer })), ...arenas.map(range)])
      return { pipeline, group, rows: of }
    })
    const name = `${rows} leaves a dispatch, ${inArena ? 'parameters and moments' : 'moments'} in arenas`
    return way(name, (inArena ? arenas[0] : ps[0]) as GPUBuffer, runs)
  }
  const arenaWay = (name: string, copiesGrads: boolean, copiesParams: boolean): Way => {
    const [m, v] = moments()
    const g = copiesGrads ? whole() : filledArena((leaf) => leaf)
    const p = filledArena(start)
    const outside = ps[1]
    const into = each((leaf) => [
      ...(copiesGrads ? [[grads[leaf], 0, g, leaf * stride] as const] : []),
      ...(copiesParams ? [[outside[leaf], 0, p, leaf * stride] as const] : []),
    ]).flat() as [GPUBuffer, number, GPUBuffer, number][]
    const back = copiesParams
      ? each((leaf) => [p, leaf * stride, outside[leaf], 0] as [GPUBuffer, number, GPUBuffer, number])
      : []
    return way(
      name,
      p,
      [
        {
          pipeline: arena,
          group: bind(
            arena,
            0,
            [p, g, m, v].map((buffer) => ({ buffer })),
          ),
          rows: leaves,
        },
      ],
      into,
      back,
    )
  }
  const most = device.limits.maxStorageBuffersPerShaderStage
  const ways = [
    single,
    few(false, DEFAULT_LIMIT, ps[2]),
    ...(most > DEFAULT_LIMIT ? [few(false, most, ps[3])] : []),
    few(true, most, []),
    arenaWay('one dispatch, parameters in an arena, gradients copied in', true, false),
    arenaWay('one dispatch, parameters copied in and out, too', true, true),
    arenaWay('one dispatch, everything in arenas', false, false),
  ]
  return {
    ways,
    leave: () => {
      for (const buffer of all) buffer.destroy()
    },
  }
}

/** Steps that end when the device has done them, and the time until the call returned. */
const party = (device: GPUDevice, { name, step }: Way): Party => ({
  burst: async (time) => {
    const [whole, calls]: [number[], number[]] = [[], []]
    const end = performance.now() + time
    while (whole.length < 5 || performance.now() < end) {
      const start = performance.now()
      step()
      calls.push(performance.now() - start)
      await device.queue.onSubmittedWorkDone()
      whole.push(performance.now() - start)
    }
    return { [name]: whole, [callOf(name)]: calls }
  },
})

const callOf = (name: string): string => `${name}, the call`

/** The first leaf's parameters after a step. */
const firstLeaf = async (device: GPUDevice, { first }: Way, { size }: Shape): Promise<Float32Array> => {
  const staging = device.createBuffer({ size: 4 * size, usage: MAP_READ | COPY_DST })
  const encoder = device.createCommandEncoder()
  encoder.copyBufferToBuffer(first, 0, staging, 0, 4 * size)
  device.queue.submit([encoder.finish()])
  await staging.mapAsync(MAP_READ)
  const numbers = new Float32Array(staging.getMappedRange().slice(0))
  staging.destroy()
  return numbers
}

/** All ways take the first leaf to the same place in a few steps, or the figures are of other things. */
const checkAlike = async (device: GPUDevice, ways: readonly Way[], shape: Shape): Promise<void> => {
  let wanted: Float32Array | undefined
  for (const way of ways) {
    for (let t = 0; t < 3; t++) way.step()
    const found = await firstLeaf(device, way, shape)
    wanted ??= found
    const wrong = found.findIndex((x, i) => !(Math.abs(x - (wanted?.[i] as number)) <= 1e-6))
    if (wrong >= 0) throw new Error(`${way.name}: parameter ${wrong} is ${found[wrong]}, not ${wanted[wrong]}`)
  }
}

const about = 'Times adamw on many leaves by plain WebGPU: a leaf a dispatch, several, and all of them.'

process.exitCode = await runCommand(
  { name: 'examples/benchmarks/arenas.ts', about, table: flags },
  process.argv.slice(2),
  async (given) => {
    const { create } = await import('webgpu')
    const gpu = create(given.device === 'null' ? ['backend=null'] : [])
    const adapter = await gpu.requestAdapter()
    if (!adapter) againInSoftware(new Error('no adapter'))
    const { maxStorageBuffersPerShaderStage } = (adapter as GPUAdapter).limits
    const device = await (adapter as GPUAdapter).requestDevice({ requiredLimits: { maxStorageBuffersPerShaderStage } })
    const rows = new Map<string, string[]>()
    for (const shape of shapes) {
      const { ways, leave } = waysOf(device, shape)
      if (given.device !== 'null') await checkAlike(device, ways, shape)
      const times = await raceSteps(
        ways.map((way) => party(device, way)),
        { rounds: 3, time: 200 },
      )
      for (const { name } of ways) {
        const micro = (all: readonly number[]) => ((1000 * quantile(all, 0.5)) / shape.leaves).toFixed(2)
        const cell = `${micro(times[callOf(name)] ?? [])} (${micro(times[name] ?? [])})`
        rows.set(name, [...(rows.get(name) ?? []), cell])
      }
      leave()
    }
    console.log(`Device: ${adapter?.info.description || adapter?.info.device || 'none'}.`)
    console.log(
      table(
        ['microseconds a leaf until the call returns (until the device is done)', ...shapes.map(shapeText)],
        [...[...rows].map(([name, cells]) => [name, ...cells])],
      ),
    )
    device.destroy()
    return 0
  },
)
process.exit()
