/** Elements of the page, made without text that is parsed as HTML and without inline styles: a strict policy allows neither. */

type Attribute = string | number | boolean | undefined
type Child = Node | string | undefined

/** What an element has: attributes by name, and listeners by `on` and the event's name. */
export type Attributes = Readonly<Record<string, Attribute | ((event: never) => void)>>

const put = (element: Element, name: string, value: Attributes[string]): void => {
  if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener)
  else if (value === true) element.setAttribute(name, '')
  else if (value !== undefined && value !== false) element.setAttribute(name, String(value))
}

const filled = <E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E => {
  for (const [name, value] of Object.entries(attributes)) put(element, name, value)
  element.append(...children.filter((child) => child !== undefined))
  return element
}

/** An element of HTML. */
export const h = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] => filled(document.createElement(tag), attributes, children)

/** An element of SVG. */
export const svg = <K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] =>
  filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children) as SVGElementTagNameMap[K]

/** Puts other children into an element. */
export const fill = (element: Element, ...children: readonly Child[]): void => {
  element.replaceChildren(...children.filter((child) => child !== undefined))
}

/** A button. */
export const button = (text: Node | string, press: () => void, attributes: Attributes = {}): HTMLButtonElement =>
  h('button', { type: 'button', onclick: press, ...attributes }, text)

/** A button that shows a sign, and what it is called. */
export const signButton = (
  sign: Node,
  name: string,
  press: () => void,
  attributes: Attributes = {},
): HTMLButtonElement => button(sign, press, { 'aria-label': name, title: name, class: 'sign', ...attributes })

/** A field and its label, which stay beside each other where a line is too short for all. */
export const pair = (...children: readonly Child[]): HTMLElement => h('span', { class: 'pair' }, ...children)
