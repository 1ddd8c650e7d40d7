const GAP = 2;
/** A column narrower than that says nothing. */
const LEAST = 3;

/** A table for a terminal; cells of numbers stand to the right. Where it is too wide, the widest columns are cut. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const all = [head, ...rows];
  const widths = head.map((_, at) => all.reduce((most, cells) => Math.max(most, cells[at]?.length ?? 0), 0));
  const free = width - GAP * (head.length - 1);
  while (sum(widths) > free && Math.max(...widths) > LEAST) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = widths[widest]! - 1;
  }
  const isNumber = head.map((_, at) => rows.every((cells) => /^(?:\d*|-)$/.test(cells[at] ?? '')));
  const line = (cells: readonly string[]): string =>
    widths
      .map((most, at) => {
        const cell = cut(cells[at] ?? '', most);
        return isNumber[at] ? cell.padStart(most) : cell.padEnd(most);
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  return `${all.map(line).join('\n')}\n`;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
