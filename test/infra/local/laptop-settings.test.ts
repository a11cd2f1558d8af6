import { resolve } from 'node:path'
import t from 'tap'
import { readLaptopSettings } from '../../../infra/local/laptop-settings.ts'
import { SettingsError } from '../../../service/settings.ts'

function faults(environment: Record<string, string>): readonly string[] {
  try {
    readLaptopSettings(environment)
  } catch (error) {
    if (error instanceof SettingsError) return error.faults
    throw error
  }
  return []
}

t.test('an empty environment gives the documented addresses', async (t) => {
  t.match(readLaptopSettings({}), {
    cdnPort: 8080,
    apiPort: 8081,
    websitePort: 8082,
    awsPort: 9000,
    servicePort: 3000,
    dataDirectory: resolve('data'),
    host: '127.0.0.1',
    keyPrefixes: ['img/'],
    locationEncoding: 'once',
    missingStatus: 404,
    serviceUrl: undefined,
  })
})

t.test('every fault is told at once, those of the service included', async (t) => {
  t.same(
    faults({
      CDN_PORT: '99999',
      API_PORT: 'x',
      SERVICE_URL: '',
      PUBLIC_API_HOST: 'http://api',
      LAPTOP_HOST: '::1',
      LOCATION_ENCODING: 'thrice',
      WEBSITE_MISSING_STATUS: '410',
      KEY_PREFIXES: 'img',
      ALLOWED_DIMENSIONS: 'large',
      LOG_LEVEL: 'loud',
    })
      .map((fault) => fault.split(':', 1)[0])
      .sort(),
    [
      'ALLOWED_DIMENSIONS',
      'API_PORT',
      'CDN_PORT',
      'KEY_PREFIXES',
      'LAPTOP_HOST',
      'LOCATION_ENCODING',
      'LOG_LEVEL',
      'PUBLIC_API_HOST',
      'WEBSITE_MISSING_STATUS',
    ],
  )
})

t.test('two servers cannot have one port', async (t) => {
  t.same(faults({ API_PORT: '8080' }), ['API_PORT: 8080 is the port of CDN_PORT already'])
  t.same(faults({ PORT: '9000' }), ['PORT: 9000 is the port of AWS_PORT already'])
  t.same(faults({ CDN_PORT: '0', API_PORT: '0', WEBSITE_PORT: '0', AWS_PORT: '0', PORT: '0' }), [])
})

t.test('viewers can reach what they are sent to', async (t) => {
  for (const host of ['localhost:99999', 'localhost:', 'http://api', '1.2.3.4.5']) {
    t.match(faults({ PUBLIC_API_HOST: host }), [/^PUBLIC_API_HOST: must be a host name, with its /])
  }
  t.equal(readLaptopSettings({ PUBLIC_API_HOST: 'api.example:81' }).publicApiHost, 'api.example:81')
})

t.test('a service elsewhere must be where the API can reach it', async (t) => {
  for (const url of [
    'https://service:3000',
    'http://service:3000/below',
    'http://somebody:secret@service:3000',
    'http://[::1]:3000',
    'service:3000',
  ]) {
    const must = 'must be http:// and a host name or an IPv4 address, with its port if it has one'
    t.same(faults({ SERVICE_URL: url }), [`SERVICE_URL: ${must}, not "${url}"`])
  }
})

t.test('the settings of a service that runs elsewhere are its own affair', async (t) => {
  const environment = { SERVICE_URL: 'http://service:3000/', ALLOWED_DIMENSIONS: 'large' }
  t.equal(readLaptopSettings(environment).serviceUrl, 'http://service:3000')
  t.equal(readLaptopSettings({ ...environment, CDN_PORT: '3000' }).cdnPort, 3000)
})
