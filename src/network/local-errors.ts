/** No descriptor, port or memory was left on this machine. */
const LOCAL: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
  'EAGAIN',
]);

/** Whether a connection could not be made for want of something here. `code`: the system's. */
export function isLocalError(code: string): boolean {
  return LOCAL.has(code);
}
