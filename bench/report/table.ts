/** A cell: text, or a number with what it needs of digits; undefined was not measured. */
export type Cell = string | number | undefined

/** A table with a title; every row has a cell for every column. */
export interface Table {
  title: string
  columns: readonly string[]
  rows: readonly (readonly Cell[])[]
  /** What must be known to read it. */
  notes?: readonly string[]
}

/** A table in Markdown, aligned for a terminal: texts to the left, numbers to the right. */
export function formatTable({ title, columns, rows, notes = [] }: Table): string {
  const heads = columns.map(inOneCell)
  const texts = rows.map((row) => row.map(formatCell))
  const isNumeric = columns.map((_, at) => rows.every((row) => typeof row[at] !== 'string'))
  const widths = heads.map((name, at) =>
    Math.max(3, name.length, ...texts.map((row) => (row[at] as string).length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => pad(cell, widths[at] as number, isNumeric[at])).join(' | ')} |`
  const rule = widths.map((width, at) => '-'.repeat(width - 1) + (isNumeric[at] ? ':' : '-'))
  return [
    `### ${title}`,
    '',
    line(heads),
    line(rule),
    ...texts.map(line),
    '',
    ...notes.flatMap((note) => [note, '']),
  ].join('\n')
}

function pad(text: string, width: number, toTheRight: boolean | undefined): string {
  return toTheRight ? text.padStart(width) : text.padEnd(width)
}

/** Three significant digits, without an exponent; a dash for what was not measured. */
export function formatCell(cell: Cell): string {
  if (typeof cell === 'string') return inOneCell(cell)
  if (cell === undefined || !Number.isFinite(cell)) return '–'
  // Of 9.996, three digits are 10.0.
  const rounded = Math.abs(Number(cell.toPrecision(3)))
  if (Number.isInteger(cell) || rounded >= 100) return String(Math.round(cell))
  const digits = Math.min(3, 2 - Math.floor(Math.log10(rounded)))
  return cell.toFixed(digits)
}

/** Markdown would end the cell at a bar, and the table at a line. */
function inOneCell(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, ' ')
  return line.replaceAll('|', '\\|')
}
