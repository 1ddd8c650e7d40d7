import { isAbsolute, join, resolve } from 'node:path';

/** What says where a user's state lies. */
export interface StatePlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws where the user has none. */
  home(): string;
}

/**
 * Where a router without a configuration keeps what outlives it, and leaves its admin address for commands of the same
 * user. Null: the user has no home.
 */
export function userStateFolder({ env, home }: StatePlaces): string | null {
  const named = env['CELLGATE_STATE_DIR'] ?? '';
  if (named !== '') return resolve(named);
  // A relative one is to be passed over, says the XDG Base Directory Specification.
  const shared = env['XDG_STATE_HOME'] ?? '';
  if (isAbsolute(shared)) return join(shared, 'cellgate');
  try {
    const own = home();
    return isAbsolute(own) ? join(own, '.local/state/cellgate') : null;
  } catch {
    return null;
  }
}
