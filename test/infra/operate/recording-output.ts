import { createOutput } from '../../../infra/operate/output.ts'

/** An output that keeps the documents it is told. */
export function recordingOutput() {
  const documents: Record<string, unknown>[] = []
  const out = { write: (line: string) => documents.push(JSON.parse(line)) }
  return { documents, output: createOutput(true, out, { write: () => {} }) }
}
