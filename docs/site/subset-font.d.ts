declare module 'subset-font' {
  /** The font with the glyphs of `text` and no others. */
  const subsetFont: (
    font: Uint8Array,
    text: string,
    options: { readonly targetFormat: 'sfnt' | 'woff' | 'woff2' },
  ) => Promise<Uint8Array>
  export default subsetFont
}
