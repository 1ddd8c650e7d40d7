import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import nodeModule from 'node:module';
import { join } from 'node:path';
import { getAsset, isSea } from 'node:sea';

/** A file that browsers load, as it is to be sent. */
export interface AssetFile {
  /** In the folder of assets: `app.js`. */
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';
const PICTURE = 'image/svg+xml';

/** Our own modules, each with its place in `assets`; `app.js` is where a page begins. */
const OWN_MODULES = [
  'app.js',
  'chart.js',
  'cutover.js',
  'cutovers.js',
  'errors.js',
  'explain.js',
  'explanation.js',
  'feed.js',
  'frame.js',
  'html.js',
  'location.js',
  'notices.js',
  'overview.js',
  'route.js',
  'routes.js',
  'screens.js',
  'session.js',
  'sign-in.js',
  'states.js',
  'words.js',
] as const;

/** Modules of packages, by what imports call them. They are whole and minified as they come. */
const PACKAGE_MODULES: Readonly<Record<string, { readonly package: string; readonly file: string }>> = {
  preact: { package: 'preact', file: 'dist/preact.mjs' },
  'preact/hooks': { package: 'preact', file: 'hooks/dist/hooks.mjs' },
  htm: { package: 'htm', file: 'dist/htm.module.js' },
  '@preact/signals': { package: '@preact/signals', file: 'dist/signals.module.js' },
  '@preact/signals-core': { package: '@preact/signals-core', file: 'dist/signals-core.module.js' },
};
/** Not as a module: that one comes unminified, and twice as long. */
const CHARTS = { package: 'uplot', script: 'dist/uPlot.iife.min.js', style: 'dist/uPlot.min.css' };

export const ENTRY = 'app.js';
/** Loaded with the first screen, whichever that is; `preact.js` and others with it. */
export const SHARED_MODULES: readonly string[] = [
  ...['frame.js', 'html.js', 'location.js', 'notices.js', 'screens.js', 'session.js', 'feed.js', 'words.js'],
  ...['preact.js', 'preact-hooks.js', 'preact-signals.js', 'preact-signals-core.js', 'htm.js'],
];
export const CHART_SCRIPT = 'uplot.js';
export const STYLE_SHEET = 'style.css';
export const ICON = 'icon.svg';

/** Under which the one file has all of them inside. */
export const PACKED = 'dashboard';

/** Packages that browsers get something of. */
export const BROWSER_PACKAGES: readonly string[] = [
  ...new Set([...Object.values(PACKAGE_MODULES), CHARTS].map(({ package: name }) => name)),
];

/** All of them. Rejects with what the file system does: then the installation is not whole. */
export async function readAssetFiles(): Promise<AssetFile[]> {
  if (isSea()) return unpacked(getAsset(PACKED, 'utf8'));
  const own = (name: string): Promise<string> =>
    readFile(new URL(`./assets/${name}`, import.meta.url), 'utf8');
  const modules = OWN_MODULES.map(async (name) => module(name, await own(name)));
  const packages = Object.entries(PACKAGE_MODULES).map(async ([name, { package: from, file }]) =>
    module(fileOf(name), await readFile(pathIn(from, file), 'utf8')),
  );
  const charts = await readFile(pathIn(CHARTS.package, CHARTS.script));
  const style = `${await readFile(pathIn(CHARTS.package, CHARTS.style), 'utf8')}\n${await own(STYLE_SHEET)}`;
  return Promise.all([
    ...modules,
    ...packages,
    { name: CHART_SCRIPT, type: SCRIPT, bytes: charts },
    { name: STYLE_SHEET, type: STYLE, bytes: Buffer.from(style) },
    { name: ICON, type: PICTURE, bytes: Buffer.from(await own(ICON)) },
  ]);
}

/** As a text, which is put into the one file. */
export function packedAssets(files: readonly AssetFile[]): string {
  return JSON.stringify(files.map((file) => ({ ...file, bytes: file.bytes.toString('base64') })));
}

function unpacked(text: string): AssetFile[] {
  const files = JSON.parse(text) as readonly { name: string; type: string; bytes: string }[];
  return files.map((file) => ({ ...file, bytes: Buffer.from(file.bytes, 'base64') }));
}

/** A page would need an import map, which is a script in the page, to know packages by their names. */
function module(name: string, text: string): AssetFile {
  const named = text.replace(
    /(\bfrom ?|\bimport ?)(["'])([^"'./][^"']*)\2/g,
    (whole, before: string, quote: string, from: string) =>
      from in PACKAGE_MODULES ? `${before}${quote}./${fileOf(from)}${quote}` : whole,
  );
  const bare = named.replace(/^\/\/# sourceMappingURL=.*$/m, '');
  return { name, type: SCRIPT, bytes: Buffer.from(bare) };
}

/** `@preact/signals-core` is `preact-signals-core.js`. */
function fileOf(name: string): string {
  return `${name.replace('@', '').replaceAll('/', '-')}.js`;
}

/** Packages do not let all of their files be asked for by name; where they lie is found all the same. */
function pathIn(name: string, file: string): string {
  const folders = nodeModule.createRequire(import.meta.url).resolve.paths(name) ?? [];
  const found = folders.map((folder) => join(folder, name, file)).find((path) => existsSync(path));
  return found ?? join(name, file);
}
