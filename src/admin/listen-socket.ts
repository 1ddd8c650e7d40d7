import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { getSystemErrorMessage } from 'node:util';
import { on, once } from '../boundary/events.ts';
import { ONE_MESSAGE, type Owner } from '../boundary/owner.ts';
import { closeServer, ListenError, type StatusServer } from '../status/listen.ts';

export interface SocketListener {
  /** Drops open connections; resolves when the file is gone. */
  close(): Promise<void>;
}

/** Rights that nobody but the owner of the file gets. */
const OWNER_ALONE = 0o177;

/**
 * Listens on a socket in the file system, for its owner alone. A file that a router has left behind makes room; one that
 * somebody answers on does not. @throws {ListenError}
 */
export async function listenOnSocket(
  server: StatusServer,
  path: string,
  setting: string,
): Promise<SocketListener> {
  await clear(path, setting);
  return new Promise((resolve, reject) => {
    const owner: Owner = { kind: 'part', panic: reject };
    on(server, 'error', owner, (cause: NodeJS.ErrnoException) => reject(failure(cause, path, setting)));
    once(server, 'listening', owner, () => resolve({ close: () => closeServer(server) }));
    // Binding is done within `listen`, so that the file never has another mode, not for a moment.
    const before = process.umask(OWNER_ALONE);
    try {
      server.listen(path);
    } finally {
      process.umask(before);
    }
  });
}

async function clear(path: string, setting: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  const refuse = (why: string): ListenError =>
    new ListenError(`admin socket ${path} ${why}: choose another with ${setting}`);
  if (!found.isSocket()) throw refuse('is a file that is no socket');
  const state = await stateOf(path);
  if (state === 'alive') throw refuse('is in use');
  if (state !== 'ECONNREFUSED' && state !== 'ENOENT') throw refuse(`cannot be tried (${state})`);
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw failure(error as NodeJS.ErrnoException, path, setting);
    }
  }
}

/** `alive`, or why nobody can be reached. */
function stateOf(path: string): Promise<string> {
  return new Promise((resolve) => {
    const probe = connect(path);
    once(probe, 'connect', ONE_MESSAGE, () => {
      probe.destroy();
      resolve('alive');
    });
    on(probe, 'error', ONE_MESSAGE, ({ code = '' }: NodeJS.ErrnoException) => resolve(code));
  });
}

function failure({ errno = 0 }: NodeJS.ErrnoException, path: string, setting: string): ListenError {
  return new ListenError(
    `admin socket ${path} cannot be opened (${getSystemErrorMessage(errno)}): choose another with ${setting}`,
  );
}
