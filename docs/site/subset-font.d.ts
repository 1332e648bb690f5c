declare module 'subset-font' {
  /** The font with the glyphs of `text` and no others; with `noHinting`, without what fits them to the points of a screen. */
  const subsetFont: (
    font: Uint8Array,
    text: string,
    options: { readonly targetFormat: 'sfnt' | 'woff' | 'woff2'; readonly noHinting?: boolean },
  ) => Promise<Uint8Array>
  export default subsetFont
}
