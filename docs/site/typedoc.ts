import { rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  Application,
  type DeclarationReflection,
  PageEvent,
  type Reflection,
  ReflectionKind,
  type TypeDocOptions,
} from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import { repository } from './pages.ts'
import { root, site } from './places.ts'

/** An export of an entry point, as TypeDoc describes it. */
export interface Described {
  /** The entry point: `foregrad` or `foregrad/arrays`, say. */
  readonly entry: string
  /** `adamw`; with its namespace where it has one: `expr.ema`. */
  readonly name: string
  readonly isType: boolean
  /** The file that defines it. */
  readonly file: string
  /** Its docstring without its tags, as Markdown; '' where there is none. */
  readonly docstring: string
  /** Its Markdown, from a heading of the first level on. */
  readonly text: string
  /** The file that TypeDoc gave it, which the links of other texts name. */
  readonly url: string
}

/** The entry points in the order of the reference, and the module of each. */
export const entries: Readonly<Record<string, string>> = {
  foregrad: 'lib/index.ts',
  'foregrad/core': 'lib/core.ts',
  'foregrad/losses': 'lib/losses.ts',
  'foregrad/tree': 'lib/tree.ts',
  'foregrad/arrays': 'lib/arrays.ts',
  'foregrad/jaxjs': 'lib/jaxjs.ts',
  'foregrad/python': 'lib/python.ts',
  'foregrad/layers': 'lib/layers.ts',
  'foregrad/checkpoint': 'lib/checkpoint.ts',
  'foregrad/node': 'lib/node.ts',
  'foregrad/properties': 'properties/index.ts',
}

/** What some entry points gather from, where they add nothing but a host: the docstrings stand there. */
const behind: Readonly<Record<string, readonly string[]>> = {
  'foregrad/losses': ['transforms/losses/*.ts'],
  'foregrad/tree': ['transforms/trees/*.ts'],
}

/**
 * All exports of some entry points.
 *
 * Errors: where the sources cannot be read as TypeScript.
 */
export const describedBy = async (names: readonly string[]): Promise<readonly Described[]> => {
  const out = join(site, '.cache/typedoc')
  rmSync(out, { recursive: true, force: true })
  const app = await Application.bootstrapWithPlugins(options(names, out))
  const project = await app.convert()
  if (project === undefined) throw new Error('TypeDoc could not read the sources; `npm run types` says why.')
  const written = new Map<unknown, PageEvent<Reflection>>()
  app.renderer.on(PageEvent.END, (page) => written.set(page.model, page as PageEvent<Reflection>))
  await app.generateOutputs(project)

  const described = (reflection: DeclarationReflection, entry: string, inside: string): readonly Described[] => {
    if (reflection.kindOf(ReflectionKind.Namespace))
      return (reflection.children ?? []).flatMap((child) => described(child, entry, `${reflection.name}.`))
    if (reflection.kindOf(ReflectionKind.Reference)) return []
    const page = written.get(reflection)
    if (page?.contents === undefined) throw new Error(`TypeDoc wrote no page of ${reflection.getFullName()}.`)
    return [
      {
        entry,
        name: `${inside}${reflection.name}`,
        isType: reflection.kindOf([ReflectionKind.Interface, ReflectionKind.TypeAlias]),
        file: (reflection.sources?.[0]?.fullFileName ?? '').replace(root, ''),
        docstring: docstringOf(reflection),
        text: page.contents,
        url: page.url,
      },
    ]
  }
  // With one entry point there are no modules.
  const modules = project.children?.some((child) => child.kindOf(ReflectionKind.Module)) ? project.children : [project]
  const all = modules.flatMap((module) =>
    (module.children ?? []).flatMap((child) => {
      const entry = entryOf(module === project ? (entries[names[0] as string] as string) : `${module.name}.ts`)
      return described(child as DeclarationReflection, entry, '')
    }),
  )
  const docstrings = new Map(all.filter(({ entry }) => entry === '').map(({ name, docstring }) => [name, docstring]))
  return all
    .filter(({ entry }) => entry !== '')
    .map((one) => (one.docstring === '' ? withDocstring(one, docstrings.get(one.name) ?? '') : one))
}

const docstringOf = (reflection: DeclarationReflection): string => {
  const comment = reflection.comment ?? reflection.signatures?.[0]?.comment
  return (comment?.summary ?? []).map(({ text }) => text).join('')
}

const withDocstring = (one: Described, docstring: string): Described => ({
  ...one,
  docstring,
  text: one.text.replace(/^Defined in: .*\n/m, (line) => `${line}\n${docstring}\n`),
})

/** The entry point of a module by its file; '' for what stands behind one. */
const entryOf = (file: string): string =>
  Object.keys(entries).find((name) => [file, file.replace(/\.ts$/, '/index.ts')].includes(entries[name] as string)) ??
  ''

const options = (names: readonly string[], out: string): Partial<TypeDocOptions & PluginOptions> => ({
  entryPoints: names
    .flatMap((name) => [entries[name] as string, ...(behind[name] ?? [])])
    .map((path) => join(root, path)),
  tsconfig: join(root, 'tsconfig.build.json'),
  plugin: ['typedoc-plugin-markdown'],
  outputs: [{ name: 'markdown', path: out }],
  readme: 'none',
  // `npm run types` checks them.
  skipErrorChecking: true,
  excludeInternal: true,
  disableGit: true,
  gitRevision: 'main',
  sourceLinkTemplate: `${repository}/blob/main/{path}#L{line}`,
  validation: false,
  logLevel: 'Error',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  classPropertiesFormat: 'table',
  tableColumnSettings: { hideSources: true, hideInherited: true, hideOverrides: true, hideModifiers: true },
})
