/** The formulas of docs/catalogue.md as the site sets them. */
import katex from 'katex'
import { describe, expect, test } from 'vitest'
import { formulaCell } from './formulaCell.ts'
import { formulaTex } from './formulaTex.ts'
import { sections } from './page.ts'

/** What is read: letters and digits in order, Greek by its letters, without accents and signs. */
const said = (text: string): string =>
  text
    .replaceAll(/epsRoot/g, 'εroot')
    .replaceAll(/\b(eps|epsilon)\b/g, 'ε')
    .replaceAll(/(?<![A-Za-z])(alpha|beta|gamma|delta|eta|mu|nu)(?![A-Za-z])/g, (name) => greek[name] as string)
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}]|\p{Lm}|Σ/gu, '')

const greek: Readonly<Record<string, string>> = {
  ...{ alpha: 'α', beta: 'β', gamma: 'γ', delta: 'δ', eta: 'η', mu: 'μ', nu: 'ν' },
}

const options = { output: 'mathml', throwOnError: true, strict: 'error' } as const

/** The cell as KaTeX sets it, as text. */
const set = (cell: string): string =>
  formulaCell(cell).replaceAll(/\$([^$]+)\$/g, (_, tex: string) =>
    katex
      .renderToString(tex, options)
      .replace(/<annotation[\s\S]*<\/annotation>/, '')
      // The index of a root stands behind it.
      .replaceAll('<mn>3</mn></mroot>', '')
      .replaceAll(/<[^>]*>|&\w+;/g, '')
      .replaceAll('⊤', 'T'),
  )

const cells = sections.flatMap(({ entries }) => entries.map(([, , formula]) => formula))

describe('a formula of the catalogue', () => {
  test.each(cells)('%s: says the same in TeX, in the same order', (cell) => {
    expect(said(set(cell))).toBe(said(cell))
  })

  test('has fractions, roots, accents and Greek where its letters mean them', () => {
    const all = [
      'w − lr·m̂₁ / (√(v̂ + epsRoot) + eps)',
      'g·r² / √Σr²‖g‖²',
      'b1·m + (1 − b1)·(g − g′)',
      '½(1 − e^−2x)',
      'w − lr·(⟨g, x₀ − w⟩ / ‖s‖₁)',
    ]
    expect(all.map((formula) => formulaTex(formula))).toMatchInlineSnapshot(`
      [
        "w - \\dfrac{\\mathrm{lr} \\cdot \\hat{m}_{1}}{\\sqrt{\\hat{v} + \\epsilon_{\\mathrm{root}}} + \\epsilon}",
        "\\dfrac{g \\cdot r^{2}}{\\sqrt{\\sum  r^{2} \\lVert g\\rVert^{2}}}",
        "b_{1} \\cdot m + (1 - b_{1}) \\cdot (g - g^{\\prime})",
        "\\tfrac{1}{2} (1 - e^{-2 x})",
        "w - \\mathrm{lr} \\cdot \\Bigl(\\dfrac{\\langle g , x_{0} - w\\rangle}{\\lVert s\\rVert_{1}}\\Bigr)",
      ]
    `)
  })

  test('stands among words, which stay what they are', () => {
    const all = [
      'Adam with v of (g − m)²',
      'AdaMax with + λw before lr',
      'max over i of scores[i] − scores[label]',
      '0 where `mask` is true, else g / √(rows·columns of v)',
      'log cosh e = e − log 2,  e = predictions − targets',
      'minus the log probability of all alignments',
    ]
    expect(all.map((cell) => formulaCell(cell))).toMatchInlineSnapshot(`
      [
        "Adam with $v$ of $(g - m)^{2}$",
        "AdaMax with $+ \\lambda w$ before $\\mathrm{lr}$",
        "max over $i$ of $\\mathrm{scores}[i] - \\mathrm{scores}[\\mathrm{label}]$",
        "0 where \`mask\` is true, else $\\dfrac{g}{\\sqrt{\\mathrm{rows} \\cdot \\mathrm{columns} \\text{ of } v}}$",
        "$\\log\\, \\cosh\\, e = e - \\log\\, 2$, $e = \\mathrm{predictions} - \\mathrm{targets}$",
        "minus the log probability of all alignments",
      ]
    `)
  })

  test('that TeX has no word for ends the build by its name', () => {
    expect(() => formulaTex('g ⊗ v')).toThrow("formula 'g ⊗ v': expected a letter that has a word in TeX, got '⊗'.")
    expect(() => formulaTex('max(g')).toThrow("formula 'max(g': expected ')' behind '(', got the end.")
    expect(() => formulaTex('g·)')).toThrow("formula 'g·)': expected a name, a number or a bracket, got ')'.")
  })
})
