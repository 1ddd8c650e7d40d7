import { readFileSync } from 'node:fs';
import { arch } from 'node:os';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };

/** The checkout. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export const DIST = `${ROOT}dist`;

export const { version: VERSION, description: DESCRIPTION } = packageJson;

/** As `linux-x64` in names of files: of a program, an archive, the folder within it. */
export const PACKAGE_NAME = `cellgate-${VERSION}-linux-${arch()}`;

/** The flags for Node and V8 with which the launcher starts the router; the one file has the same. */
export function launcherFlags(): string[] {
  const launcher = readFileSync(`${ROOT}bin/cellgate`, 'utf8');
  const found = /^node_flags='([^']+)'$/m.exec(launcher)?.[1];
  if (found === undefined) throw new Error("bin/cellgate has no line node_flags='…'");
  return found.split(' ');
}
