import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BROWSER_PACKAGES, PACKED, packedAssets, readAssetFiles } from '../src/dashboard/asset-files.ts';
import { type Bundle, bundleEnvelopeThread, bundleProgram, bundleThread } from './bundle.ts';
import { launcherFlags, ROOT } from './places.ts';

/** Makes V8's cache of a script, with the flags that the process has. Arguments: the script, the cache. */
const CACHE_MAKER = `
  const [code, cache] = process.argv.slice(1);
  const { readFileSync, writeFileSync } = require('node:fs');
  const { Script } = require('node:vm');
  writeFileSync(cache, new Script(readFileSync(code, 'utf8')).createCachedData());
`;

export interface Executable {
  /** All packages' files that are in it, below the checkout. */
  readonly inputs: readonly string[];
}

/**
 * Writes the one file: the Node that runs this, with the code inside (a single executable application). V8 takes its
 * caches only with the flags they were made with, so they are made with those that the file starts itself with.
 */
export async function makeExecutable(path: string): Promise<Executable> {
  const [program, thread, envelopes, pages] = await Promise.all([
    bundleProgram(),
    bundleThread(),
    bundleEnvelopeThread(),
    readAssetFiles(),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'cellgate-package-'));
  try {
    build(folder, path, { program, thread, envelopes, pages: packedAssets(pages) });
  } finally {
    rmSync(folder, { recursive: true });
  }
  const ofPages = BROWSER_PACKAGES.map((name) => `node_modules/${name}/package.json`);
  return {
    inputs: [...new Set([...program.inputs, ...thread.inputs, ...envelopes.inputs, ...ofPages])].toSorted(),
  };
}

interface Content {
  readonly program: Bundle;
  readonly thread: Bundle;
  readonly envelopes: Bundle;
  /** What browsers load, in one text. */
  readonly pages: string;
}

function build(folder: string, output: string, { program, thread, envelopes, pages }: Content): void {
  const flags = launcherFlags();
  const main = join(folder, 'main.mjs');
  const code = join(folder, 'thread.js');
  const envelopeCode = join(folder, 'envelopes.js');
  const cache = join(folder, 'thread.cache');
  const dashboard = join(folder, 'dashboard.json');
  const plan = join(folder, 'sea.json');
  writeFileSync(main, program.code);
  writeFileSync(code, thread.code);
  writeFileSync(envelopeCode, envelopes.code);
  writeFileSync(dashboard, pages);
  execFileSync(process.execPath, [...flags, '-e', CACHE_MAKER, code, cache]);
  const assets = {
    'thread-start': `${ROOT}packaging/thread-start.cjs`,
    'thread-code': code,
    'thread-cache': cache,
    'envelope-code': envelopeCode,
    [PACKED]: dashboard,
  };
  const wishes = {
    main,
    mainFormat: 'module',
    output,
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    execArgv: flags,
    assets,
  };
  writeFileSync(plan, JSON.stringify(wishes));
  execFileSync(process.execPath, [...flags, '--build-sea', plan], { stdio: ['ignore', 'ignore', 'inherit'] });
}
