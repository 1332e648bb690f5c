/** The house: which room of lib may know which. docs/architecture.md has the rooms, one a row, in this order. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** The rooms from the ground up: a file imports only from rooms before its own, and from its own. */
const rooms = [
  'lib/errors',
  'lib/data',
  'lib/expr',
  'lib/rule',
  'lib/hosts',
  'lib/form',
  'lib/check',
  'lib/random',
  'lib/memory',
  'lib/run',
  'lib/stage',
  'lib/train',
  'lib/read',
  'lib/python',
  'lib/cli',
  'lib/store',
  'lib/simd',
  'lib/hosts/float64',
  'lib/hosts/arrays',
  'lib/hosts/jaxjs',
  'lib/hosts/tfjs',
]

/** Pieces of methods that are written with tfjs's own ops. The list may only become shorter. */
const onTensors: readonly string[] = [
  'transforms/losses/tensors.ts',
  'transforms/methods/adamBnn/binarizeWeight.ts',
  'transforms/methods/adamBnn/c2iRatio.ts',
  'transforms/methods/adamBnn/flipFlopRatio.ts',
  'transforms/methods/adamBnn/signApprox.ts',
  'transforms/methods/boostnet/boostedBases.ts',
  'transforms/methods/boostnet/boostedLosses.ts',
  'transforms/methods/boostnet/boostedPredict.ts',
  'transforms/methods/boostnet/gradientRescale.ts',
  'transforms/methods/boostnet/logits.ts',
  'transforms/methods/ivon/findIvonState.ts',
  'transforms/methods/ivon/ivonPredict.ts',
  'transforms/methods/ivon/ivonSample.ts',
  'transforms/trees/dtypes.ts',
  'transforms/trees/stateWith.ts',
  'transforms/trees/tensorTrees.ts',
]

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true }).flatMap((entry) =>
    entry.isFile() && entry.name.endsWith('.ts')
      ? [posix.relative(root, posix.join(entry.parentPath, entry.name))]
      : [],
  )

const importsOf = (file: string): string[] =>
  [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /^(?:.*} |\w.*? )from '([^']+)'$|^import '([^']+)'|import\('([^']+)'\)/gm,
    ),
  ].map(([, from, effect, dynamic]) => (from ?? effect ?? dynamic) as string)

/** The files of the tree that a file imports. */
const neighbours = (file: string): string[] =>
  importsOf(file).flatMap((from) => (from.startsWith('.') ? [posix.join(posix.dirname(file), from)] : []))

/** The room of a file: files that stand in lib/hosts itself say what a host is. */
const roomOf = (file: string): number => {
  const folder = posix.dirname(file)
  const found = rooms.filter((room) => folder === room || (folder.startsWith(`${room}/`) && room !== 'lib/hosts'))
  return rooms.indexOf(found.at(-1) ?? '')
}

const lib = filesIn('lib').filter((file) => posix.dirname(file) !== 'lib')
const transforms = filesIn('transforms')

describe('the house', () => {
  test('every file of lib stands in a room', () => {
    expect(lib.filter((file) => roomOf(file) < 0)).toEqual([])
  })

  test('arrows point one way: a file imports from rooms before its own, and from its own', () => {
    const upward = lib.flatMap((file) =>
      neighbours(file)
        .filter((to) => roomOf(to) > roomOf(file) || roomOf(to) < 0)
        .map((to) => `${file} → ${to}`),
    )
    expect(upward).toEqual([])
  })

  test('no file is its own ancestor', () => {
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      if (done.has(file) || path.includes(file)) return
      for (const to of neighbours(file)) visit(to, [...path, file])
      done.add(file)
    }
    for (const file of [...lib, ...transforms]) visit(file, [])
    expect(circles).toEqual([])
  })

  test('transforms know no host, and of lib only what a value is made of', () => {
    const allowed = /^(transforms|lib\/(errors|data|random|expr|rule|form|check|stage))\/|^lib\/hosts\/\w+\.ts$/
    const strangers = transforms.filter(
      (file) =>
        neighbours(file).some((to) => !allowed.test(to)) || importsOf(file).some((from) => from.startsWith('@')),
    )
    expect(strangers.sort()).toEqual(onTensors)
  })
})
