/**
 * The value of one sample in Prometheus's text format; 0 when it is not there.
 * @param name with labels as the text spells them, such as `answers_total{source="made"}`
 */
export function readMetrics(text: string, name: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  return line === undefined ? 0 : Number(line.slice(name.length + 1))
}
