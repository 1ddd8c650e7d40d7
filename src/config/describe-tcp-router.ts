import { defaultsNamed, valueAt } from './defaults.ts';
import { keysWithoutEffect } from './effects.ts';
import { markdownTable, shownDefault } from './key-table.ts';
import { tcpRouterFileSchema } from './schema/tcp-router.ts';
import { fieldPaths } from './schema-path.ts';

const OWN = /^(?:nats|cellgate)/;

/** docs/tcp-router.md. Written by `npm run docs`. */
export function describeTcpRouterKeys(): string {
  const defaults = defaultsNamed('recommended', tcpRouterFileSchema);
  const rows = [...fieldPaths(tcpRouterFileSchema)].map(([path, field]) => {
    const preset = valueAt(defaults, path);
    const shown = preset === undefined ? 'required' : shownDefault(preset);
    const key = OWN.test(path) ? `**\`${path}\`**` : `\`${path}\``;
    return [key, field.type, field.derivedDefault ?? shown, field.meaning];
  });
  return `# Keys of tcp_router.yml

How a router for TCP alone is run: [TCP routes](tcp.md#a-router-for-tcp-alone). \`cellgate tcp -c FILE\` reads the YAML file that cf-tcp-router reads; the keys in bold are Cellgate's own. Keys may be left out unless the table says "required". Durations are written as in Go: \`"1m30s"\`, \`"500ms"\`.

${markdownTable([['Key', 'Type', 'Default', 'Meaning'], ...rows])}

## Without effect

${markdownTable([
  ['Key', 'Reason'],
  ...keysWithoutEffect(tcpRouterFileSchema).map(([path, reason]) => [`\`${path}\``, reason]),
])}
`;
}

if (import.meta.main) process.stdout.write(describeTcpRouterKeys());
