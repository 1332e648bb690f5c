/**
 * What a page of the site may load and run: its own files, and nothing that stands in the page itself. The playground compiles WebAssembly.
 *
 * Every page says so itself (`<meta http-equiv>`), so that it holds on any server; `npm run site` and the tests send it as a header, too.
 */
export const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:", // the theme's icons stand in its style sheet
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')
