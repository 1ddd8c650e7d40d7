import { type BuildOptions, build } from 'esbuild';
import { ROOT } from './places.ts';

export interface Bundle {
  readonly code: string;
  /** Files it is made of, below the checkout. */
  readonly inputs: readonly string[];
}

/** Names stay as they are written: errors of a router in service name functions and lines. */
const COMMON: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node26',
  // Packages are named by where the checkout has them, wherever that leads.
  preserveSymlinks: true,
  // Whose they are is said in one file (licences.ts).
  legalComments: 'none',
  write: false,
  metafile: true,
  logLevel: 'warning',
  // Places beside a file are for the checkout alone: what is packed asks for its assets (runtime/threads/thread-code.ts).
  logOverride: { 'empty-import-meta': 'silent' },
};

/** The program: a module, since it waits for commands at its top level. */
export function bundleProgram(): Promise<Bundle> {
  return bundle({
    entryPoints: ['src/main.ts'],
    format: 'esm',
    // For packages that are not modules themselves: all that they want is built in, and no path leads to anything else.
    banner: { js: 'const require = process.getBuiltinModule;' },
  });
}

/** A proxy thread: a function of `require`, so that V8's cache of it can be kept (thread-start.cjs). */
export async function bundleThread(): Promise<Bundle> {
  const { code, inputs } = await bundle({
    entryPoints: ['src/runtime/threads/proxy-thread.ts'],
    format: 'cjs',
  });
  return { code: `(function (require) {${code}\n})`, inputs };
}

/** The thread that sends envelopes: a script as it is. */
export function bundleEnvelopeThread(): Promise<Bundle> {
  return bundle({ entryPoints: ['src/runtime/threads/envelope-thread.ts'], format: 'cjs' });
}

async function bundle(options: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({ ...COMMON, ...options });
  return { code: outputFiles![0]!.text, inputs: Object.keys(metafile!.inputs) };
}
