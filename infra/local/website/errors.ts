import { STATUS_CODES } from 'node:http'

/** A request that the website cannot serve, in the words of S3. */
export class WebsiteError extends Error {
  readonly status: number
  readonly code: string
  /** What the error is about, such as the key or the method; shown under its name. */
  readonly detail: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: string,
    message: string,
    detail: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.name = 'WebsiteError'
    this.status = status
    this.code = code
    this.detail = detail
  }
}

/** The page that S3 makes for an error when the website has no error document. */
export function errorPage(
  error: WebsiteError,
  ids: { requestId: string; hostId: string },
  missingDocument: string,
): string {
  const title = `${error.status} ${STATUS_CODES[error.status] ?? ''}`.trim()
  const facts = {
    Code: error.code,
    Message: error.message,
    ...error.detail,
    RequestId: ids.requestId,
    HostId: ids.hostId,
  }
  return `<html>
<head><title>${title}</title></head>
<body>
<h1>${title}</h1>
${listOf(facts)}
<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>
${listOf({ Code: 'NoSuchKey', Message: 'The specified key does not exist.', Key: missingDocument })}
<hr/>
</body>
</html>
`
}

function listOf(facts: Record<string, string>): string {
  const items = Object.entries(facts).map(([name, text]) => `<li>${name}: ${escaped(text)}</li>`)
  return `<ul>\n${items.join('\n')}\n</ul>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
