/** Ends the process `pid`, or the group of that number if it is negative, if it is still there. */
export function killAnyway(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
