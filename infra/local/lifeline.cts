/*
 * Loaded into the service's process by the laptop, which holds the other end of its standard input:
 * when that goes, the laptop has, however it died. Nothing is left then to drain for, since the
 * buckets went with it; and an orderly exit would try for ever to write the log, which nobody reads.
 */
process.stdin.unref().resume()
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL'))
