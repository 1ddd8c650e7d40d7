import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './places.ts';

/** Below the folder of a package that is used. */
const IN_PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/**
 * What the licences of everything inside ask to be passed on: those of Node, and of each package a file of which is in
 * the program. @param inputs files below the checkout @throws for a package without a text of its licence
 */
export function licenceTexts(inputs: readonly string[]): string {
  const folders = new Set(inputs.flatMap((path) => IN_PACKAGE.exec(path)?.[1] ?? []));
  const packages = [...folders].toSorted().map((folder) => {
    const { name, version, license = 'see below' } = readManifest(join(ROOT, folder));
    return chapter(`${name} ${version} (${license})`, licenceOf(join(ROOT, folder)));
  });
  return [chapter(`Node.js ${process.versions.node}`, nodeLicence()), ...packages].join('\n');
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function licenceOf(folder: string): string {
  const name = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (name === undefined) throw new Error(`${folder} has no text of its licence`);
  return readFileSync(join(folder, name), 'utf8');
}

/** It lies beside the folder of the program, in the package as in Node's own archives. */
function nodeLicence(): string {
  const path = join(dirname(process.execPath), '../LICENSE');
  if (!existsSync(path))
    throw new Error(`no licence of Node at ${path}: run this with the Node of node_modules`);
  return readFileSync(path, 'utf8');
}

function chapter(title: string, text: string): string {
  return `${'='.repeat(100)}\n${title}\n${'='.repeat(100)}\n\n${text.trim()}\n`;
}
