/** A URL as a human writes it: this machine goes by its name, other addresses stay. */
export function shownUrl(url: string): string {
  return url.replace(/\/\/127\.0\.0\.1(?![\w.-])/, '//localhost')
}
