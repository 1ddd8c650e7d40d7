import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How commands of the same user reach a router that runs. */
export interface AdminFile {
  /** `http://127.0.0.1:8083` */
  readonly url: string;
  readonly token: string;
}

const NAME = 'admin.json';

/** For its owner alone, from its first moment on. Throws what the file system does. */
export function writeAdminFile(folder: string, { url, token }: AdminFile): void {
  const path = join(folder, NAME);
  const written = `${path}.${process.pid}`;
  rmSync(written, { force: true });
  try {
    writeFileSync(written, `${JSON.stringify({ url, token })}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(written, path);
  } catch (error) {
    // A token is left nowhere that nobody takes it away from.
    rmSync(written, { force: true });
    throw error;
  }
}

/** Null: no router has left one there, or it cannot be read. */
export function readAdminFile(folder: string): AdminFile | null {
  try {
    const { url, token } = JSON.parse(readFileSync(join(folder, NAME), 'utf8')) as Partial<AdminFile>;
    return typeof url === 'string' && typeof token === 'string' ? { url, token } : null;
  } catch {
    return null;
  }
}

/** Not that of a router which has started there since. */
export function removeAdminFile(folder: string, { token }: AdminFile): void {
  if (readAdminFile(folder)?.token === token) rmSync(join(folder, NAME), { force: true });
}
