import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type AssetFile, insideName, packageFiles, readAssetFiles } from '../src/dashboard/asset-files.ts';
import { type Bundle, bundleProgram, bundleThread } from './bundle.ts';
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
  const [program, thread, pages] = await Promise.all([bundleProgram(), bundleThread(), readAssetFiles()]);
  const folder = mkdtempSync(join(tmpdir(), 'cellgate-package-'));
  try {
    build(folder, path, { program, thread, pages });
  } finally {
    rmSync(folder, { recursive: true });
  }
  const inputs = [...program.inputs, ...thread.inputs, ...packageFiles().map((file) => relative(ROOT, file))];
  return { inputs: [...new Set(inputs)].toSorted() };
}

interface Contents {
  readonly program: Bundle;
  readonly thread: Bundle;
  /** What pages of the dashboard load. */
  readonly pages: readonly AssetFile[];
}

function build(folder: string, output: string, { program, thread, pages }: Contents): void {
  const flags = launcherFlags();
  const [main, code, cache, plan] = ['main.mjs', 'thread.js', 'thread.cache', 'sea.json'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  writeFileSync(main, program.code);
  writeFileSync(code, thread.code);
  execFileSync(process.execPath, [...flags, '-e', CACHE_MAKER, code, cache]);
  const assets = {
    'thread-start': `${ROOT}packaging/thread-start.cjs`,
    'thread-code': code,
    'thread-cache': cache,
    ...layPages(folder, pages),
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

/** By their names inside: where each lies for now. */
function layPages(folder: string, pages: readonly AssetFile[]): Record<string, string> {
  return Object.fromEntries(
    pages.map(({ name, bytes }) => {
      const path = join(folder, `page-${name}`);
      writeFileSync(path, bytes);
      return [insideName(name), path];
    }),
  );
}
