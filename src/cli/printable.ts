/** What came over the network is shown on a terminal, which must not obey it. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

/**
 * For programs and for a terminal alike: the same value, in printable ASCII and ends of lines alone.
 * @param indent 0: on one line
 */
export function printableJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(
    /[^\x20-\x7e\n]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
