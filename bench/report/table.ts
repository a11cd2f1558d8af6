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
  const texts = rows.map((row) => row.map(formatCell))
  const isNumeric = columns.map((_, at) => rows.every((row) => typeof row[at] !== 'string'))
  const widths = columns.map((name, at) =>
    Math.max(3, name.length, ...texts.map((row) => (row[at] as string).length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => pad(cell, widths[at] as number, isNumeric[at])).join(' | ')} |`
  const rule = widths.map((width, at) => '-'.repeat(width - 1) + (isNumeric[at] ? ':' : '-'))
  return [
    `### ${title}`,
    '',
    line(columns),
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
  if (typeof cell === 'string') return cell
  if (cell === undefined || !Number.isFinite(cell)) return '–'
  if (Number.isInteger(cell) || Math.abs(cell) >= 100) return String(Math.round(cell))
  const digits = Math.min(3, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(cell)))))
  return cell.toFixed(digits)
}
