/** Cells are not padded: one longer text would change every line, and so clash with every other change. */
export function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [head, head.map(() => '---'), ...rows].map(line).join('\n');
}

/** A default as documentation shows it. */
export function shownDefault(value: unknown): string {
  if (value === '' || (Array.isArray(value) && value.length === 0)) return 'empty';
  if (!Array.isArray(value)) return `\`${value}\``;
  return value.map((item) => `\`${typeof item === 'object' ? JSON.stringify(item) : item}\``).join(', ');
}
