/** Bars in groups: one group a label, one bar a series. */
export interface BarChart {
  title: string
  /** What the values are, with their unit. */
  unit: string
  labels: readonly string[]
  series: readonly { name: string; values: readonly (number | undefined)[] }[]
  /** A line across the bars, such as a goal. */
  mark?: { name: string; value: number }
}

const colours = ['#4c78a8', '#f58518', '#54a24b', '#b279a2', '#9d755d', '#e45756']
const size = { width: 720, height: 360 }
const plot = { left: 64, top: 64, width: 640, height: 232 }

/** Draws `chart` as a standalone SVG document on a white ground. */
export function drawBarChart(chart: BarChart): string {
  const values = [chart.mark?.value, ...chart.series.flatMap((series) => series.values)]
  const top = niceCeiling(Math.max(0, ...values.filter(isMeasured)))
  const y = (value: number) => plot.top + plot.height * (1 - value / top)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" ` +
      'font-family="sans-serif" font-size="12" fill="#222">',
    // What screen readers say, if it comes first.
    `<title>${escapeText(chart.title)}</title>`,
    `<rect width="${size.width}" height="${size.height}" fill="#fff"/>`,
    text(plot.left, 22, chart.title, 'font-size="15" font-weight="bold"'),
    ...legend(chart),
    ...axis(chart.unit, top, y),
    ...bars(chart, y),
    ...mark(chart, y),
    '</svg>',
    '',
  ].join('\n')
}

/** The least of 1, 2, 2.5, 5 times a power of ten that is not below `value`. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 2.5, 5].find((candidate) => candidate * power >= value) ?? 10
  return step * power
}

function legend({ series }: BarChart): string[] {
  let x = plot.left
  return series.map(({ name }, at) => {
    const entry = `<rect x="${x}" y="36" width="12" height="12" fill="${colour(at)}"/>${text(x + 17, 46, name)}`
    x += 34 + name.length * 7
    return entry
  })
}

function axis(unit: string, top: number, y: (value: number) => number): string[] {
  const right = plot.left + plot.width
  const lines = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(top * share).toFixed(1)
    const label = text(plot.left - 8, Number(at) + 4, number(top * share), 'text-anchor="end"')
    return `<path d="M${plot.left} ${at}H${right}" stroke="#ddd"/>${label}`
  })
  return [...lines, text(right, 46, unit, 'text-anchor="end" fill="#666"')]
}

function bars({ labels, series }: BarChart, y: (value: number) => number): string[] {
  const group = plot.width / labels.length
  const width = Math.min(56, (group * 0.8) / series.length)
  return labels.flatMap((label, at) => {
    const middle = plot.left + group * (at + 0.5)
    const first = middle - (width * series.length) / 2
    const drawn = series.flatMap(({ values }, index) => {
      const value = values[at]
      if (!isMeasured(value)) return []
      const x = first + width * index
      const height = (y(0) - y(value)).toFixed(1)
      const bar = `<rect x="${x.toFixed(1)}" y="${y(value).toFixed(1)}" width="${(width - 2).toFixed(1)}" height="${height}" fill="${colour(index)}"/>`
      return [
        bar,
        text(x + width / 2 - 1, y(value) - 4, number(value), 'text-anchor="middle" font-size="10"'),
      ]
    })
    return [...drawn, text(middle, y(0) + 18, label, 'text-anchor="middle"')]
  })
}

function mark({ mark }: BarChart, y: (value: number) => number): string[] {
  if (!mark || !isMeasured(mark.value)) return []
  const at = y(mark.value).toFixed(1)
  const right = plot.left + plot.width
  return [
    `<path d="M${plot.left} ${at}H${right}" stroke="#c00" stroke-dasharray="5 4"/>`,
    text(right, Number(at) - 5, mark.name, 'text-anchor="end" fill="#c00"'),
  ]
}

function isMeasured(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value)
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escapeText(content)}</text>`
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)))
}

function colour(at: number): string {
  return colours[at % colours.length] as string
}

function escapeText(content: string): string {
  return content.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`)
}
