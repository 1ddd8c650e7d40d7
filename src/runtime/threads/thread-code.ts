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
export function proxyThreadCode(): ThreadCode {
  return isSea() ? inside('thread-start') : beside(new URL('./proxy-thread.ts', import.meta.url));
}

/** That of the thread that sends a proxy thread's envelopes. */
export function envelopeThreadCode(): ThreadCode {
  return isSea() ? inside('envelope-code') : beside(new URL('./envelope-thread.ts', import.meta.url));
}

function inside(asset: string): ThreadCode {
  return { code: getAsset(asset, 'utf8'), eval: true };
}

function beside(file: URL): ThreadCode {
  return { code: file, eval: false };
}
