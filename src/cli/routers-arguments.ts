import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { readAdminFile } from '../admin/admin-file.ts';
import { type AdminAddress, findAdmin } from './admin-address.ts';
import { type CommandSpec, ROUTERS } from './commands.ts';
import { parseOptions } from './options.ts';
import { userStateFolder } from './state-folder.ts';
import { type UsageError, usageError } from './usage-error.ts';

export interface RoutersCommand {
  readonly kind: 'routers';
  /** Null: nobody has named a router, and none has left its address. */
  readonly address: AdminAddress | null;
  readonly json: boolean;
}

/** What sysexits.h has for a wrong command line. */
const EX_USAGE = 64;

export function parseRouters(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): RoutersCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, ROUTERS.options);
  if (options.kind === 'usage-error') return { ...options, exitCode: EX_USAGE };
  if (options.has('--help')) return { kind: 'help', of: ROUTERS };
  const [stray] = options.operands;
  if (stray !== undefined) return { ...usageError(`unexpected argument "${stray}"`), exitCode: EX_USAGE };
  const folder = userStateFolder({ env, home: homedir });
  const address = findAdmin({
    admin: options.value('--admin'),
    token: options.value('--token'),
    env,
    left: folder === null ? null : readAdminFile(folder),
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  if (address?.kind === 'usage-error') return { ...address, exitCode: EX_USAGE };
  return { kind: 'routers', address, json: options.has('--json') };
}
