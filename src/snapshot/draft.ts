import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Of a file system that has no such thing as syncing a folder. */
const UNSUPPORTED: ReadonlySet<unknown> = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP']);

/**
 * A file's next content, under another name until it takes the file's place in one step. Whoever dies on the way
 * leaves the file as it was; the next draft removes what is left of the last one.
 */
export class Draft {
  readonly #folder: string;
  readonly #name: string;
  readonly #file: FileHandle;
  #state: 'open' | 'closed' | 'published' | 'abandoned' = 'open';

  private constructor(folder: string, name: string, file: FileHandle) {
    this.#folder = folder;
    this.#name = name;
    this.#file = file;
  }

  static async begin(folder: string, name: string): Promise<Draft> {
    const path = join(folder, `${name}.tmp`);
    // Whatever has the name, be it a pipe or a link, is not written to.
    await rm(path, { force: true });
    return new Draft(folder, name, await open(path, 'wx', 0o600));
  }

  async append(text: string | Uint8Array): Promise<void> {
    await this.#file.appendFile(text);
  }

  /** Over what stands at the file's beginning, and is at least as long. */
  async begins(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    const { bytesWritten } = await this.#file.write(bytes, 0, bytes.length, 0);
    if (bytesWritten < bytes.length) throw Object.assign(new Error('EIO: short write'), { syscall: 'write' });
  }

  /**
   * On disk before it has the name: else a crash of the machine could leave the name on an empty file.
   * @param durable `content`: that crash may bring the file of before back
   */
  async publish(durable: 'content' | 'content and name'): Promise<void> {
    await this.#file.datasync();
    this.#state = 'closed';
    await this.#file.close();
    await rename(this.#path, join(this.#folder, this.#name));
    this.#state = 'published';
    if (durable === 'content and name') await syncFolder(this.#folder);
  }

  /** Gives its place on the disk back, unless it has been published; never rejects. */
  async abandon(): Promise<void> {
    const before = this.#state;
    if (before === 'published' || before === 'abandoned') return;
    this.#state = 'abandoned';
    try {
      if (before === 'open') await this.#file.close();
      await rm(this.#path, { force: true });
    } catch {
      // What was wrong with the disk has been told; the next draft removes this file first.
    }
  }

  get #path(): string {
    return join(this.#folder, `${this.#name}.tmp`);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && UNSUPPORTED.has(error.code))) throw error;
  } finally {
    await handle.close();
  }
}
