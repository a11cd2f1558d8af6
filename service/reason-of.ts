/**
 * What an error says. Where a host has several addresses and none takes a connection, Node's error
 * itself says nothing: its parts do.
 */
export function reasonOf({ message, errors }: { message?: string; errors?: unknown }): string {
  if (message || !Array.isArray(errors)) return message ?? ''
  return errors.map(reasonOf).join(', ')
}
