import fc from 'fast-check'
import t from 'tap'
import {
  encodeKey,
  redirection,
  type WebsiteRule,
} from '../../../../infra/local/website/routing.ts'

const here = { protocol: 'http', host: 'site.example' }

const to = (Redirect: WebsiteRule['Redirect'], Condition?: WebsiteRule['Condition']) =>
  redirection([Condition ? { Condition, Redirect } : { Redirect }], 'a/b c', 404, here, 'once')

t.test('what a rule leaves out is taken from the request', async (t) => {
  const Condition = { HttpErrorCodeReturnedEquals: '404' }
  t.same(to({ HostName: 'other.example' }, Condition), {
    status: 301,
    location: 'http://other.example/a/b%20c',
  })
  t.same(to({ ReplaceKeyWith: 'gone.html', HttpRedirectCode: '302' }, Condition), {
    status: 302,
    location: 'http://site.example/gone.html',
  })
  t.same(
    to(
      { Protocol: 'https', ReplaceKeyPrefixWith: 'x?y=' },
      { ...Condition, KeyPrefixEquals: 'a/' },
    ),
    {
      status: 301,
      location: 'https://site.example/x?y=b%20c',
    },
  )
})

t.test('a rule applies only to its prefix and its error', async (t) => {
  const Redirect = { ReplaceKeyWith: 'x' }
  t.equal(to(Redirect, { HttpErrorCodeReturnedEquals: '403' }), undefined)
  t.equal(to(Redirect, { HttpErrorCodeReturnedEquals: '404', KeyPrefixEquals: 'b/' }), undefined)
  const rules = [{ Condition: { KeyPrefixEquals: 'a/' }, Redirect }]
  t.equal(redirection(rules, 'a/b', 404, here, 'once'), undefined)
  t.equal(redirection(rules, 'a/b', undefined, here, 'once')?.location, 'http://site.example/x')
})

t.test('the first rule that applies wins', async (t) => {
  const rules = ['1', '2'].map((ReplaceKeyWith) => ({ Redirect: { ReplaceKeyWith } }))
  t.match(redirection(rules, 'a', undefined, here, 'once')?.location, /\/1$/)
})

t.test('encoded keys are unreserved characters and decode to what they were', async () => {
  const key = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(key, (key) => {
      const once = encodeKey(key, 'once')
      const raw = encodeKey(key, 'raw')
      const twice = encodeKey(key, 'twice')
      return (
        /^[A-Za-z0-9._~/%-]*$/.test(once) &&
        decodeURIComponent(once) === key &&
        decodeURIComponent(raw) === key &&
        twice.replaceAll(/%25(?=[89A-F])/g, '%') === once.replaceAll(/%25(?=[89A-F])/g, '%')
      )
    }),
  )
})
