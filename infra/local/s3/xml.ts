import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { s3Error } from './errors.ts'

/** A text, nested elements by name, or several of one name; undefined leaves the element out. */
export type XmlValue =
  | string
  | number
  | boolean
  | undefined
  | { [name: string]: XmlValue }
  | readonly XmlValue[]

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** A document of S3's with the root element `name`. */
export function xmlDocument(name: string, content: XmlValue): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${namespace}">${inner(content)}</${name}>`
}

/** S3's error document, which alone has no namespace. */
export function errorDocument(content: Record<string, string>): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('Error', content)}`
}

function element(name: string, value: XmlValue): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.map((item: XmlValue) => element(name, item)).join('')
  return `<${name}>${inner(value)}</${name}>`
}

function inner(value: XmlValue): string {
  if (typeof value !== 'object') return escapeText(String(value ?? ''))
  return Object.entries(value)
    .map(([name, item]) => element(name, item))
    .join('')
}

const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Control characters go as references, as S3 sends them, though XML 1.0 knows few of these. */
function escapeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped here
  return text.replace(/[&<>"\u0000-\u0008\u000b-\u001f]/g, (char) => {
    return named[char] ?? `&#x${char.charCodeAt(0).toString(16)};`
  })
}

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  isArray: (name) => name === 'Object' || name === 'Part',
})

/**
 * The content of the root element `name`.
 * @throws S3Error MalformedXML
 */
export function parseDocument(text: string, name: string): Record<string, unknown> {
  if (XMLValidator.validate(text) !== true) throw s3Error('MalformedXML')
  const root: unknown = parser.parse(text)[name]
  if (typeof root !== 'object' || root === null) throw s3Error('MalformedXML')
  return root as Record<string, unknown>
}

/** The elements `name` of a parsed document, each of which must have elements itself. */
export function childrenOf(
  parent: Record<string, unknown>,
  name: string,
): Record<string, string>[] {
  const children = parent[name]
  if (!Array.isArray(children) || children.some((child) => typeof child !== 'object')) {
    throw s3Error('MalformedXML')
  }
  return children
}
