/** Where the words of errors stand: in lib/errors, and nowhere else. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')

/** What prints whole sentences that are of no error: the help of a command, and Python. */
const printers = ['lib/cli/node/commands.ts', 'lib/python/module.ts']

/** tfjs's own code, made from the installed package. */
const ofOthers = 'lib/hosts/tfjs/gradients/tfjs.ts'

const files = ['lib', 'transforms']
  .flatMap((folder) => readdirSync(join(root, folder), { withFileTypes: true, recursive: true }))
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => posix.relative(root, posix.join(entry.parentPath, entry.name)))
  .filter((file) => !file.startsWith('lib/errors/') && file !== ofOthers)

/** True where a sentence, or a part of one, stands in a node: names and paths of names (`step: train`) are none. */
const hasSentence = (node: ts.Node): boolean => {
  if (ts.isTypeNode(node)) return false
  const text =
    ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node) ? node.text : ''
  return /[^:\s]\s|^\s/.test(text) || (ts.forEachChild(node, hasSentence) ?? false)
}

/** True for a whole sentence, as advice is: `Give a tree of float32 tensors.` */
const isAdvice = (node: ts.Node): boolean => {
  const text = ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) ? node.getText().slice(1, -1) : ''
  return /^([A-Z]|\$\{).* .*\.$/s.test(text)
}

const wordsOfErrors = /^(expected|got|advice|fix|faults?)$/

/** What is called elsewhere than in the room and takes words of an error. */
const tells = /(^|\.)(assert|checkLossFunction)$/

/** What an option or an argument may be, beside the test of it. */
const isKind = (node: ts.Node): boolean =>
  ts.isObjectLiteralExpression(node) && node.properties.some((each) => each.name?.getText() === 'test')

/** The names that a file imports from the room of words. */
const imported = (source: ts.SourceFile): ReadonlySet<string> =>
  new Set(
    source.statements.flatMap((each) => {
      if (!ts.isImportDeclaration(each) || !/\/errors\/[\w/]+\.ts'$/.test(each.moduleSpecifier.getText())) return []
      const names = each.importClause?.namedBindings
      return names && ts.isNamedImports(names) ? names.elements.map(({ name }) => name.text) : []
    }),
  )

/** Where a source says what an error says: it makes one, hands words on, gives a part of a fault in words, or advises. */
const saysItself = (file: string, text: string): string[] => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true)
  const words = imported(source)
  const found: string[] = []
  const tell = (node: ts.Node): void => {
    found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.getText()}`)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && /(Error|Refused|Unsaid)$/.test(node.expression.getText())) tell(node)
    const isTold =
      ts.isCallExpression(node) && (words.has(node.expression.getText()) || tells.test(node.expression.getText()))
    if (isTold && node.arguments.some(hasSentence)) tell(node)
    const isPart = ts.isPropertyAssignment(node) && wordsOfErrors.test(node.name.getText()) && !isKind(node.parent)
    const isHeld = ts.isVariableDeclaration(node) && wordsOfErrors.test(node.name.getText())
    if ((isPart || isHeld) && node.initializer && !isFunction(node.initializer) && hasSentence(node.initializer))
      tell(node)
    if (isAdvice(node) && !printers.includes(file)) tell(node)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const isFunction = (node: ts.Node): boolean => ts.isArrowFunction(node) || ts.isFunctionExpression(node)

describe('the words of errors', () => {
  test('stand in their room', () => {
    expect(files.flatMap((file) => saysItself(file, readFileSync(join(root, file), 'utf8')))).toEqual([])
  })

  test.each([
    ["throw new ForegradError('bad-rule', faults, words)"],
    ["throw new Error('no such node')"],
    ["import { raise } from '../errors/error.ts'\nraise('bad-rule', faults, 'Leave it out.')"],
    [`import { wrongKind } from './errors/kinds.ts'\nconst found = wrongKind(path, \`a list of \${n}\`, x)`],
    [`const fault = { path, expected: \`a list of \${n}\`, got }`],
    ["const found = { path, got: 'a hole in it' }"],
    ["const advice = 'Leave it out.'"],
    ["raiseFaults(faults, 'Give a tree of float32 tensors.')"],
    [`util.assert(index < rows, () => \`no row at \${index}\`)`],
  ])('are found elsewhere: %s', (text) => {
    expect(saysItself('lib/rule/planted.ts', text)).not.toEqual([])
  })

  test.each([
    ["import { wrongKind } from './errors/kinds.ts'\nconst found = wrongKind('step: train', expected, x)"],
    ["const positive = { expected: 'a number above 0', test: (x) => x > 0 }"],
    ['throw noSlots(slots)'],
  ])('are not looked for in %s', (text) => {
    expect(saysItself('lib/rule/planted.ts', text)).toEqual([])
  })
})
