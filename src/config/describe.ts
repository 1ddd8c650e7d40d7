import { recommended, withoutFile } from './defaults.ts';
import { UNSUPPORTED_KEYS } from './gorouter-keys.ts';
import { fieldPaths } from './schema-path.ts';

/** docs/configuration.md. Written by `node src/config/describe.ts > docs/configuration.md`. */
export function describeConfig(): string {
  const rows = [...fieldPaths()].map(([path, field]) => {
    const key = path.startsWith('cellgate.') ? `**\`${path}\`**` : `\`${path}\``;
    return [key, field.type, field.derivedDefault ?? defaultCell(path), field.meaning];
  });
  return `# Configuration

\`cellgate -c FILE\` reads the YAML file that gorouter reads: same keys, same nesting. Cellgate's own keys stand under \`cellgate\`. Keys may be left out unless the table says "required". Durations are written as in Go: \`"1m30s"\`, \`"500ms"\`.

A value that is not allowed ends the start with one line that names the file, the line, the key, what is allowed and what was found. A key that is not known is warned of and ignored.

${table([['Key', 'Type', 'Default', 'Meaning'], ...rows])}

## Not supported yet

These keys of gorouter are warned of and ignored: ${[...UNSUPPORTED_KEYS].map((key) => `\`${key}\``).join(', ')}.
`;
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  return [head, rule, ...rows].map(line).join('\n');
}

function defaultCell(path: string): string {
  const value = valueAt(recommended, path);
  if (value === undefined) return 'required';
  const alone = valueAt(withoutFile, path);
  return alone === undefined ? shown(value) : `${shown(value)}; without a file ${shown(alone)}`;
}

function valueAt(defaults: object, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], defaults);
}

function shown(value: unknown): string {
  if (value === '' || (Array.isArray(value) && value.length === 0)) return 'empty';
  return Array.isArray(value) ? value.map((item) => `\`${item}\``).join(', ') : `\`${value}\``;
}

if (import.meta.main) process.stdout.write(describeConfig());
