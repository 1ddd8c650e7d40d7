import type { AdminFile } from '../admin/admin-file.ts';
import { type UsageError, usageError } from './usage-error.ts';

/** Where a command asks, and by what it is known there. */
export type AdminAddress =
  | { readonly kind: 'url'; readonly url: string; readonly token: string | null }
  | { readonly kind: 'socket'; readonly path: string };

export interface AdminClues {
  /** `--admin`, `--token`; null: not given. */
  readonly admin: string | null;
  readonly token: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a router of this user has left; null: nothing. */
  readonly left: AdminFile | null;
  /** Of `@FILE`. Throws what the file system does. */
  readFile(path: string): string;
}

/** Options go before the environment, and that before what a router has left. Null: nobody has named one. */
export function findAdmin({
  admin,
  token,
  env,
  left,
  readFile,
}: AdminClues): AdminAddress | UsageError | null {
  const [name, named] =
    admin === null ? ['CELLGATE_ADMIN', env['CELLGATE_ADMIN'] ?? ''] : ['option "--admin"', admin];
  if (named.startsWith('unix:') && named.length > 'unix:'.length) {
    return { kind: 'socket', path: named.slice('unix:'.length) };
  }
  const own = originOf(left?.url ?? '');
  const url = named === '' ? own : originOf(named);
  // What stands there may hold a password, and is not repeated.
  if (url === null && named !== '') {
    return usageError(`${name} needs http://HOST:PORT, https://HOST:PORT or unix:PATH`);
  }
  if (url === null) return null;
  const given = secretOf(token ?? env['CELLGATE_TOKEN'] ?? '', readFile);
  if (typeof given !== 'string') return given;
  // A router's token is for that router alone.
  return { kind: 'url', url, token: given || (own === url ? left!.token : null) };
}

function originOf(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, origin, pathname, search, hash, username, password } = new URL(text);
  const isPlain = pathname === '/' && search + hash + username + password === '';
  return isPlain && (protocol === 'http:' || protocol === 'https:') ? origin : null;
}

/** `@FILE` stands for what the file holds: a command line can be read by other users of the machine. */
function secretOf(given: string, readFile: AdminClues['readFile']): string | UsageError {
  let secret = given;
  if (given.startsWith('@')) {
    try {
      secret = readFile(given.slice(1)).trim();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return usageError(`the file of the token, ${given.slice(1)}, cannot be read (${code})`);
    }
    if (secret === '') return usageError(`the file of the token, ${given.slice(1)}, is empty`);
  }
  return /^[\x21-\x7e]*$/.test(secret) ? secret : usageError('a token has no blanks, and ASCII alone');
}
