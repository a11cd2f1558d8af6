import t from 'tap'
import { endpointOf } from '../../../service/s3-http/endpoint.ts'

t.test('host, port and transport', async (t) => {
  t.strictSame(endpointOf('https:', 's3.amazonaws.com', undefined), {
    tls: true,
    host: 's3.amazonaws.com',
    port: 443,
  })
  t.strictSame(endpointOf('http:', 'localhost', undefined).port, 80)
  t.strictSame(endpointOf('http:', '[::1]', 9000), { tls: false, host: '::1', port: 9000 })
})
