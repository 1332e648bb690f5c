import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { defineConfig } from 'vitepress'
import { formulas } from '../formulas.ts'
import { Inline } from '../inline.ts'
import { groups, playgroundAddress, repository } from '../pages.ts'
import { pictures } from '../pictures.ts'
import { finished, menuFile, publicFolder, site, staged } from '../places.ts'
import { policy } from '../policy.ts'
import type { MenuItem } from '../reference.ts'
import { searched } from '../searched.ts'
import { plainCode, tables } from '../tables.ts'

/** The folder on its server that the site lies in: '/' unless FOREGRAD_SITE_BASE says another. */
const base = process.env.FOREGRAD_SITE_BASE ?? '/'

const inline = new Inline()

const write = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const reference: MenuItem[] = JSON.parse(readFileSync(menuFile, 'utf8'))

export default defineConfig({
  base,
  title: 'foregrad',
  description: 'Optimizers for TypeScript as plain values, with the gradient taken where the optimizer is about to be.',
  lang: 'en',
  srcDir: staged,
  outDir: finished,
  cacheDir: join(site, '.cache/vitepress'),
  cleanUrls: true,
  metaChunk: true,
  // A page loads what it shows, and nothing that it only links to.
  router: { prefetchLinks: false },
  // A change of colours would otherwise be hidden by a <style> that the policy refuses.
  appearance: { disableTransition: false },
  head: [
    ['meta', { 'http-equiv': 'Content-Security-Policy', content: policy }],
    ['meta', { name: 'color-scheme', content: 'light dark' }],
    ['link', { rel: 'icon', href: `${base}icon.svg`, type: 'image/svg+xml' }],
    ['link', { rel: 'stylesheet', href: `${base}assets/inline.css` }],
  ],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: (md) => {
      formulas(md)
      pictures(md)
      tables(md)
      plainCode(md)
      const render = md.render.bind(md)
      md.render = (text, env) => inline.styled(render(text, env))
    },
  },
  transformHtml: (html) => inline.styled(inline.scripted(withMain(html), base)),
  buildEnd: ({ outDir }) => {
    write(join(outDir, 'assets/inline.css'), inline.sheet())
    for (const [file, text] of inline.scripts()) write(join(outDir, file), text)
  },
  themeConfig: {
    logo: { src: '/icon.svg', alt: '' },
    nav: [
      { text: 'Learn', link: '/first-hour', activeMatch: '^/(first|choosing|weight|writing|testing|methods|recipes)' },
      { text: 'Playground', link: playgroundAddress, target: '_self' },
      { text: 'Catalogue', link: '/catalogue' },
      { text: 'Reference', link: '/reference/', activeMatch: '^/reference/' },
    ],
    sidebar: {
      '/reference/': [{ text: 'Reference', link: '/reference/', items: reference }],
      '/': groups.map(({ title, pages }) => ({
        text: title,
        items: [
          ...pages.map(({ name, address }) => ({ text: name, link: `/${address}` })),
          ...(title === 'Reference' ? [{ text: 'Every export', link: '/reference/' }] : []),
        ],
      })),
    },
    outline: [2, 3],
    socialLinks: [{ icon: 'github', link: repository, ariaLabel: 'foregrad on GitHub' }],
    search: {
      provider: 'local',
      options: {
        _render: (text, env, md) => md.render(searched(text, env.relativePath), Object.assign(env, { search: true })),
        miniSearch: { searchOptions: { prefix: true, fuzzy: 0.15, boost: { title: 3, titles: 1, text: 1 } } },
      },
    },
    notFound: {
      title: 'No such page',
      quote: 'The search knows all that are here.',
      linkText: 'To the first page',
      linkLabel: 'To the first page',
    },
    footer: { message: 'foregrad: optimizers as data', copyright: 'MIT licence' },
  },
  vite: {
    publicDir: publicFolder,
    // A file is a file: a font or picture in the style sheet as data would need a wider policy.
    build: { assetsInlineLimit: 0, chunkSizeWarningLimit: 2000 },
    // No component is written with Vue's older options.
    define: { __VUE_OPTIONS_API__: false },
    plugins: [{ name: 'less style', enforce: 'pre', transform: lessStyle }],
  },
})

/** The theme gives its first page no landmark for its content. */
function withMain(html: string): string {
  return html.replace('<div class="VPContent is-home"', '<div role="main" class="VPContent is-home"')
}

/** No style of what is not here: another search, teams, sponsors, features, advertisements. */
function lessStyle(_: string, id: string): string | undefined {
  return /@docsearch.css|vp-sponsor.css|VP(Home|DocAside)?(Team|Sponsor|Feature|CarbonAds)\w*\.vue.*\.css/.test(id)
    ? ''
    : undefined
}
