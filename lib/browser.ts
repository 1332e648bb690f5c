/**
 * All of `foregrad` with `foregrad/gradients`, tfjs and its backends in one file, for `<script type="module">` in a page without a bundler.
 * `tf` is the tfjs inside; a page that loads tfjs besides has two. The file is `dist/foregrad.browser.js`, which `npm run build` joins of this module.
 */
import * as tf from '@tensorflow/tfjs-core'
import './gradients.ts'

export * from './index.ts'
export { tf }
