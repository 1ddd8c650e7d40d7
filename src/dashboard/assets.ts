import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Entity } from '../admin/answer.ts';
import { type AssetFile, readAssetFiles } from './asset-files.ts';

const toBrotli = promisify(brotliCompress);
const toGzip = promisify(gzip);

/** All that pages load, compressed once. */
export interface Assets {
  /** Of all of them: another one for another version. */
  readonly version: string;
  readonly byName: ReadonlyMap<string, Entity>;
}

/** What is under the version's own path never changes. */
const FOR_GOOD = { 'Cache-Control': 'private, max-age=31536000, immutable' };

/** Made when the first page is asked for: nobody who never does pays for it, nor waits for it at the start. */
export class AssetStore {
  #made: Promise<Assets> | null = null;

  /** Rejects where a file cannot be read; the next time it is tried again. */
  get(): Promise<Assets> {
    this.#made ??= makeAssets().catch((error: unknown) => {
      this.#made = null;
      throw error;
    });
    return this.#made;
  }
}

async function makeAssets(): Promise<Assets> {
  const files = await readAssetFiles();
  const digest = createHash('sha256');
  for (const { name, bytes } of files) digest.update(`${name}\0${bytes.length}\0`).update(bytes);
  const byName = new Map<string, Entity>();
  for (const file of files) byName.set(file.name, await entityOf(file));
  return { version: digest.digest('base64url').slice(0, 12), byName };
}

async function entityOf({ type, bytes }: AssetFile): Promise<Entity> {
  const best = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
  const [br, gz] = await Promise.all([toBrotli(bytes, best), toGzip(bytes, { level: 9 })]);
  const coded = new Map([
    ['br', br],
    ['gzip', gz],
  ]);
  return { kind: 'entity', type, etag: etagOf(bytes), bytes, coded, headers: FOR_GOOD };
}

export function etagOf(bytes: Uint8Array): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
}
