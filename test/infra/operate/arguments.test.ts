import t from 'tap'
import { parseCommand } from '../../../infra/operate/arguments.ts'

t.test('reads the commands', async (t) => {
  t.strictSame(parseCommand(['audit']), { name: 'audit', delete: false, json: false })
  t.strictSame(parseCommand(['mirror', '--json']), { name: 'mirror', json: true })
  t.strictSame(parseCommand(['purge', '--delete', 'img/x.png', '--json']), {
    name: 'purge',
    keys: ['img/x.png'],
    delete: true,
    json: true,
  })
  t.strictSame(
    parseCommand(['warm', 'img/x.png', '--dimensions', '1x2, 3x4', '--url', 'http://u/cdn/']),
    {
      name: 'warm',
      keys: ['img/x.png'],
      url: 'http://u/cdn',
      dimensions: [
        { width: 1, height: 2 },
        { width: 3, height: 4 },
      ],
      json: false,
    },
  )
})

t.test('says what is wrong', async (t) => {
  t.throws(() => parseCommand([]), /there is no command/)
  t.throws(() => parseCommand(['prune']), /there is no command "prune"/)
  t.throws(() => parseCommand(['audit', 'img/x.png']), /audit takes no key/)
  t.throws(() => parseCommand(['mirror', 'img/x.png']), /mirror takes no key/)
  t.throws(() => parseCommand(['purge']), /at least one key/)
  t.throws(() => parseCommand(['warm']), /at least one key/)
  t.throws(() => parseCommand(['warm', 'a', '--dimensions', '1X2']), /"1X2" must be/)
  for (const url of ['localhost:8080', 'ftp://u', 'http://u/?a', '']) {
    t.throws(() => parseCommand(['warm', 'a', '--url', url]), {
      message: `--url must be an http or https URL without query or fragment, not "${url}"`,
    })
  }
  t.throws(() => parseCommand(['audit', '--force']), /--force/)
})

t.test('an option of another command is refused, not passed over', async (t) => {
  const purge = ['purge', 'img/x.png', '--delete', '--dimensions', '150x200']
  t.throws(() => parseCommand(purge), /purge takes no --dimensions/)
  t.throws(() => parseCommand(['audit', '--url', 'http://u']), /audit takes no --url/)
  t.throws(() => parseCommand(['mirror', '--delete']), /mirror takes no --delete/)
  t.throws(() => parseCommand(['warm', 'img/x.png', '--delete']), /warm takes no --delete/)
})
