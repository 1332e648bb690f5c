// Without its fonts: the reader's own are there already. Its style sheets come first, since ours change them.
import theme from 'vitepress/theme-without-fonts'
import '../../.cache/katex/katex.css'
import './style.css'

export default theme
