import { defaultsNamed, valueAt, withoutFile } from './defaults.ts';
import { keysWithoutEffect } from './effects.ts';
import { markdownTable, shownDefault } from './key-table.ts';
import { fieldPaths } from './schema-path.ts';

/** docs/configuration.md. Written by `npm run docs`. */
export function describeConfig(): string {
  const rows = [...fieldPaths()].map(([path, field]) => {
    const key = path.startsWith('cellgate.') ? `**\`${path}\`**` : `\`${path}\``;
    return [key, field.type, field.derivedDefault ?? defaultCell(path), field.meaning];
  });
  return `# Configuration

\`cellgate -c FILE\` reads the YAML file that gorouter reads: same keys, same nesting. Cellgate's own keys stand under \`cellgate\`. Keys may be left out unless the table says "required". Durations are written as in Go: \`"1m30s"\`, \`"500ms"\`.

Where two defaults are given, \`cellgate.defaults\` chooses: \`gorouter\`, those of gorouter's code, for files that were written for it; or \`recommended\`, what its BOSH job sets, which is also what holds without a file.

A value that is not allowed ends the start with one line that names the file, the line, the key, what is allowed and what was found. A key that is not known is warned of and ignored. \`cellgate check FILE\` says the same without a start, and what of it this machine has not got; with \`--print\` it shows what the file means with all defaults. [gorouter.schema.json](gorouter.schema.json) tells editors the keys, for instance with \`# yaml-language-server: $schema=…\` on the first line of the file.

${markdownTable([['Key', 'Type', 'Default', 'Meaning'], ...rows])}

## Without effect

These keys of gorouter are checked and do nothing, for a reason.

${markdownTable([['Key', 'Reason'], ...keysWithoutEffect().map(([path, reason]) => [`\`${path}\``, reason])])}
`;
}

function defaultCell(path: string): string {
  const gorouter = valueAt(defaultsNamed('gorouter'), path);
  if (gorouter === undefined) return 'required';
  const [own, better] = [shownDefault(gorouter), shownDefault(valueAt(defaultsNamed('recommended'), path))];
  const cell = own === better ? own : `${own}; recommended ${better}`;
  const alone = valueAt(withoutFile, path);
  return alone === undefined ? cell : `${cell}; without a file ${shownDefault(alone)}`;
}

if (import.meta.main) process.stdout.write(describeConfig());
