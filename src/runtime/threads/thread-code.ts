import { getAsset, isSea } from 'node:sea';

/** What `Worker` takes: a file, or, with `eval`, a text. */
interface ThreadCode {
  readonly code: URL | string;
  readonly eval: boolean;
}

/**
 * The code of a proxy thread: the file beside this one. Where the program is a single file no path leads to any code, and
 * a text that is inside of it finds the rest (packaging/thread-start.cjs).
 */
export function threadCode(): ThreadCode {
  return isSea()
    ? { code: getAsset('thread-start', 'utf8'), eval: true }
    : { code: new URL('./proxy-thread.ts', import.meta.url), eval: false };
}
