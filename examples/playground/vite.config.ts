import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'
import { policy } from '../../docs/site/policy.ts'
import { cataloguePlugin } from './catalogue/plugin.ts'
import { racePlugin } from './race/plugin.ts'

/** The page shares files with command lines; what of them needs Node is not used here, and falls out of the bundle. */
const withoutNode: Plugin = {
  name: 'without node',
  enforce: 'pre',
  resolveId: (id) => (id.startsWith('node:') ? { id, external: true, moduleSideEffects: false } : undefined),
}

/** The page says itself what it may load and run, so that it holds on any server. */
const withPolicy: Plugin = {
  name: 'policy',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policy }, injectTo: 'head-prepend' },
  ],
}

/** Builds the playground: static files with relative addresses, no inline script or style, nothing loaded from elsewhere. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  // The site says 'true'.
  define: { inSite: 'false' },
  plugins: [withoutNode, cataloguePlugin(), racePlugin(), withPolicy],
  worker: { format: 'es', plugins: () => [withoutNode] },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    // A file that is part of a script's or style's text would need a policy of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
})
