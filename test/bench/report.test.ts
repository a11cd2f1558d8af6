import { XMLValidator } from 'fast-xml-parser'
import t from 'tap'
import { drawBarChart, niceCeiling } from '../../bench/report/bar-chart.ts'
import {
  type CpuProfile,
  selfTimeByFunction,
  selfTimeByPart,
} from '../../bench/report/cpu-profile.ts'
import { formatCell, formatTable } from '../../bench/report/table.ts'

t.test('a table is aligned Markdown: texts to the left, numbers to the right', async (t) => {
  const table = {
    title: 'Speed',
    columns: ['what', 'images/s'],
    rows: [
      ['raw sharp', 123.4],
      ['service', undefined],
    ],
    notes: ['Noisy.'],
  }
  t.equal(
    formatTable(table),
    [
      '### Speed',
      '',
      '| what      | images/s |',
      '| --------- | -------: |',
      '| raw sharp |      123 |',
      '| service   |        – |',
      '',
      'Noisy.',
      '',
    ].join('\n'),
  )
})

t.test('numbers have three digits that count', async (t) => {
  t.equal(formatCell(0.123456), '0.123')
  t.equal(formatCell(1.23456), '1.23')
  t.equal(formatCell(12.3456), '12.3')
  t.equal(formatCell(1234.56), '1235')
  t.equal(formatCell(7), '7')
  t.equal(formatCell(9.999), '10.0')
  t.equal(formatCell(99.96), '100')
  t.equal(formatCell(0.9996), '1.00')
  t.equal(formatCell(-1.5), '-1.50')
  t.equal(formatCell(0), '0')
  for (const odd of [Number.NaN, Number.POSITIVE_INFINITY]) t.equal(formatCell(odd), '–')
})

t.test('what stands in a cell stays in it', async (t) => {
  const table = { title: 'Ends', columns: ['x|y'], rows: [['a|b\nat c\n']] }
  t.match(formatTable(table), '\n| x\\|y      |\n| --------- |\n| a\\|b at c |\n')
})

t.test('the axis ends at a round number that is not below the highest bar', async (t) => {
  t.equal(niceCeiling(0.97), 1)
  t.equal(niceCeiling(1), 1)
  t.equal(niceCeiling(118), 200)
  t.equal(niceCeiling(0), 1)
})

t.test('a chart is well-formed SVG with a bar for each value that was measured', async (t) => {
  const svg = drawBarChart({
    title: 'Speed & <more>',
    unit: 'images/s',
    labels: ['1', '8'],
    series: [
      { name: 'a', values: [50, 100] },
      { name: 'b', values: [undefined, 25] },
    ],
    mark: { name: 'goal', value: 75 },
  })
  t.equal(XMLValidator.validate(svg), true)
  const heights = [...svg.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="54.0" height="([\d.]+)"/g)]
  t.same(
    heights.map(([, height]) => Number(height)),
    [116, 232, 58],
  )
  t.match(svg, 'stroke-dasharray')
  t.match(
    svg,
    /^<svg [^>]*>\n<title>Speed &#38; &#60;more&#62;<\/title>\n/,
    'its first child names it',
  )
})

t.test('what could not be measured leaves the other bars as they are', async (t) => {
  const [labels, unit] = [['1', '8'], 'images/s']
  const draw = (value: number | undefined) =>
    drawBarChart({ title: 'Odd', unit, labels, series: [{ name: 'a', values: [value, 25] }] })
  for (const odd of [Number.NaN, Number.POSITIVE_INFINITY]) t.equal(draw(odd), draw(undefined))
  const marked = drawBarChart({
    title: 'Odd',
    unit,
    labels,
    series: [{ name: 'a', values: [25, 25] }],
    mark: { name: 'raw sharp', value: Number.NaN },
  })
  t.notMatch(marked, /NaN/)
})

const profile: CpuProfile = {
  nodes: [
    node(1, '(idle)', ''),
    node(2, 'send', 'file:///app/node_modules/@aws-sdk/core/index.js'),
    node(3, 'make', 'file:///app/service/make-variant.js'),
    node(4, '(garbage collector)', ''),
    node(5, 'sign', 'file:///app/node_modules/@aws-sdk/core/sign.js'),
  ],
  samples: [1, 2, 3, 4, 5],
  timeDeltas: [9000, 1000, 3000, 500, 4000],
}

function node(id: number, functionName: string, url: string): CpuProfile['nodes'][number] {
  return { id, callFrame: { functionName, url, lineNumber: 9 } }
}

t.test('a profile is summed by package and module, without idle time', async (t) => {
  t.same(selfTimeByPart(profile), [
    { name: '@aws-sdk/core', milliseconds: 5 },
    { name: 'service/make-variant.js', milliseconds: 3 },
    { name: '(garbage collector)', milliseconds: 0.5 },
  ])
  t.same(selfTimeByFunction(profile)[0], { name: 'sign (@aws-sdk/core:10)', milliseconds: 4 })
})

t.test('modules in folders of the service are named, too', async (t) => {
  const url = 'file:///app/service/s3-http/pool.js'
  const profile = { nodes: [node(1, '', url)], samples: [1], timeDeltas: [1000] }
  t.same(selfTimeByPart(profile), [{ name: 'service/s3-http/pool.js', milliseconds: 1 }])
})
