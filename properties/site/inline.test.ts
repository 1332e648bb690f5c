import { describe, expect, test } from 'vitest'
import { Inline } from '../../docs/site/inline.ts'

describe('what stands inside a page', () => {
  test('styles become classes, equal ones the same, beside the classes that are there', () => {
    const inline = new Inline()
    const html = inline.styled('<i style="color:red">a</i><b class="x" style="color:red">b</b><u style="">c</u>')
    const [, name] = /^<i class="(_[\w-]+)">a<\/i>/.exec(html) as unknown as string[]
    expect(html).toBe(`<i class="${name}">a</i><b class="${name} x">b</b><u>c</u>`)
    expect(inline.sheet()).toBe(`.${name}{color:red}\n`)
  })

  test('a thousand styles have a thousand classes, most of them of four letters', () => {
    const inline = new Inline()
    const classes = Array.from({ length: 1000 }, (_, i) => inline.styled(`<i style="width:${i}px"></i>`).slice(10, -6))
    expect(new Set(classes).size).toBe(1000)
    expect(new Set(classes.map((name) => name.length))).toEqual(new Set([4, 5]))
    expect(inline.sheet().split('\n').length).toBe(1001)
  })

  test('code that speaks of styles is left as it is', () => {
    const html = '<code>&lt;p style=&quot;x&quot;&gt; style=</code>'
    expect(new Inline().styled(html)).toBe(html)
  })

  test('scripts become files where they stand; those that are files stay', () => {
    const inline = new Inline()
    const html = inline.scripted(
      '<script id="dark">let a = 1</script><script type="module" src="/a.js"></script>',
      '/base/',
    )
    const [[file, text]] = [...inline.scripts()] as unknown as [[string, string]]
    expect(text).toBe('let a = 1')
    expect(html).toBe(`<script id="dark" src="/base/${file}"></script><script type="module" src="/a.js"></script>`)
  })
})
