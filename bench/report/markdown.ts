/** A table whose first `left` columns are to the left and whose others are to the right; as readable on a terminal. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], left = 1): string[] {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) => {
    const padded = row.map((cell, column) =>
      column < left ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
    return `| ${padded.join(' | ')} |`;
  });
  const rule = widths.map((width, column) =>
    column < left ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [lines[0]!, `| ${rule.join(' | ')} |`, ...lines.slice(1)];
}
