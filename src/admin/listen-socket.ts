import { chmodSync, lstatSync, mkdtempSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, dirname } from 'node:path';
import { on, once } from '../boundary/events.ts';
import { ONE_MESSAGE, type Owner } from '../boundary/owner.ts';
import { closeServer, ListenError, type StatusServer } from '../status/listen.ts';
import { fileFault } from './file-fault.ts';
import { takeAwayAtExit } from './take-away.ts';

export interface SocketListener {
  /** Drops open connections; resolves when the file is gone. One that somebody else has put in its place stays. */
  close(): Promise<void>;
}

const OWNER_ALONE = 0o600;
/** What a socket's address has room for. Bytes. */
const LONGEST_PATH = 107;
/** In a folder next to the socket's place. */
const MADE_AS = 's';

/**
 * Listens on a socket in the file system, for its owner alone. A file that a router has left behind makes room; one that
 * somebody answers on does not. @throws {ListenError}
 */
export async function listenOnSocket(
  server: StatusServer,
  path: string,
  setting: string,
): Promise<SocketListener> {
  let fault: string | null;
  try {
    fault = await objection(path);
    if (fault === null) return await open(server, path);
  } catch (error) {
    fault = `cannot be opened (${fileFault(error)})`;
  }
  throw new ListenError(`admin socket ${path} ${fault}: choose another with ${setting}`);
}

/** Why the path cannot be had; null: it can. */
async function objection(path: string): Promise<string | null> {
  const name = Math.max(Buffer.byteLength(basename(path)), `.123456/${MADE_AS}`.length);
  if (Buffer.byteLength(`${dirname(path)}/`) + name > LONGEST_PATH) return 'has too long a path';
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  if (!found.isSocket()) return 'is a file that is no socket';
  const state = await stateOf(path);
  if (state === 'alive') return 'is in use';
  return ['ECONNREFUSED', 'ENOENT'].includes(state) ? null : `cannot be tried (${state})`;
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

/**
 * Made in a folder that nobody else can enter, and put in its place when its mode is right. So it never has another
 * there, and closing the server, which takes away the name it was made by, does not take away another router's file.
 */
async function open(server: StatusServer, path: string): Promise<SocketListener> {
  const folder = mkdtempSync(`${dirname(path)}/.`);
  const made = `${folder}/${MADE_AS}`;
  try {
    await listening(server, made);
    chmodSync(made, OWNER_ALONE);
    const { ino } = lstatSync(made);
    renameSync(made, path);
    const take = takeAwayAtExit(() => {
      if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) unlinkSync(path);
    });
    return { close: () => close(server, take) };
  } catch (error) {
    if (server.listening) await closeServer(server);
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function listening(server: StatusServer, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const owner: Owner = { kind: 'part', panic: reject };
    on(server, 'error', owner, reject);
    once(server, 'listening', owner, resolve);
    server.listen(path);
  });
}

async function close(server: StatusServer, takeAway: () => void): Promise<void> {
  try {
    takeAway();
  } finally {
    await closeServer(server);
  }
}
