import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { readAdminFile } from '../admin/admin-file.ts';
import { type AdminAddress, findAdmin } from './admin-address.ts';
import type { ParsedOptions } from './options.ts';
import { userStateFolder } from './state-folder.ts';
import type { UsageError } from './usage-error.ts';

/** The router that a command line asks. Null: nobody has named one, and none has left its address. */
export function adminAddressOf(
  options: ParsedOptions,
  env: Readonly<Record<string, string | undefined>>,
): AdminAddress | UsageError | null {
  const folder = userStateFolder({ env, home: homedir });
  return findAdmin({
    admin: options.value('--admin'),
    token: options.value('--token'),
    env,
    left: folder === null ? null : readAdminFile(folder),
    readFile: (path) => readFileSync(path, 'utf8'),
  });
}
