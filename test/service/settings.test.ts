import t from 'tap'
import {
  flag,
  list,
  oneOf,
  optional,
  readSettings,
  required,
  type SettingsError,
} from '../../service/settings.ts'

t.test('texts are trimmed, and blank ones are as good as unset', async (t) => {
  const settings = { given: optional('GIVEN'), blank: optional('BLANK'), unset: optional('UNSET') }
  t.strictSame(readSettings({ GIVEN: ' x y\n', BLANK: ' \t', OTHER: 'z' }, settings), {
    given: 'x y',
    blank: undefined,
    unset: undefined,
  })
})

t.test('every fault and every conflict is told, in the order of the settings', async (t) => {
  const settings = {
    first: required('FIRST', 'the first'),
    second: oneOf('SECOND', ['a', 'b'], 'a'),
    third: flag('THIRD', true),
  }
  const conflicts = (values: object) => [`fields: ${Object.keys(values).join(', ')}`]
  const error = t.throws(() => readSettings({ SECOND: 'c' }, settings, conflicts))
  t.strictSame((error as SettingsError).faults, [
    'FIRST: is required: the first',
    'SECOND: must be one of a, b, not "c"',
    'fields: third',
  ])
})

t.test('what was read cannot be changed', async (t) => {
  const values = readSettings({}, { items: list('ITEMS', 'a, b', (item) => item) })
  t.strictSame(values.items, ['a', 'b'])
  t.throws(() => Object.assign(values, { items: [] }), TypeError)
  t.throws(() => (values.items as string[]).push('c'), TypeError)
})

t.test('a list tells every item that is not allowed, rule by rule', async (t) => {
  const even = list('EVEN', '2', (item) => {
    if (!/^[0-9]+$/.test(item)) throw new Error('must be digits')
    if (Number(item) % 2 !== 0) throw new Error('must be even')
    return Number(item)
  })
  t.strictSame(even.read(',4 ,, 6,'), [4, 6])
  t.throws(() => even.read('2,3'), { message: '"3" must be even' })
  t.throws(() => even.read('3,2,two,5'), { message: '"3", "5" must be even; "two" must be digits' })
})
