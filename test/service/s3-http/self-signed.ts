import { generateKeyPairSync, sign } from 'node:crypto'

/** A value of DER (X.690, 8.1): what it is, how long it is, what is in it. */
function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const { length } = body
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}

const sequence = (...content: Buffer[]) => der(0x30, ...content)
const hex = (text: string) => Buffer.from(text, 'hex')
const utcTime = (year: number) => der(0x17, Buffer.from(`${year % 100}0101000000Z`))

/** A key and a certificate by itself for `localhost` (RFC 5280, 4.1), both in PEM. */
export function selfSigned(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ecdsaWithSha256 = sequence(der(0x06, hex('2a8648ce3d040302')))
  const commonName = sequence(der(0x06, hex('550403')), der(0x0c, Buffer.from('localhost')))
  const name = sequence(der(0x31, commonName))
  const alternativeName = sequence(
    der(0x06, hex('551d11')),
    der(0x04, sequence(der(0x82, Buffer.from('localhost')))),
  )
  const year = new Date().getUTCFullYear()
  const content = sequence(
    der(0xa0, der(0x02, hex('02'))),
    der(0x02, hex('01')),
    ecdsaWithSha256,
    name,
    sequence(utcTime(year - 1), utcTime(year + 2)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(alternativeName)),
  )
  const signature = sign('sha256', content, privateKey)
  const whole = sequence(content, ecdsaWithSha256, der(0x03, hex('00'), signature))
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  }
}
