import { copyFileSync, cpSync, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMMANDS, ROUTER } from '../src/cli/commands.ts';
import { bashCompletion } from './completions/bash.ts';
import { fishCompletion } from './completions/fish.ts';
import { zshCompletion } from './completions/zsh.ts';
import { licenceTexts } from './licences.ts';
import { manPage } from './man-page.ts';
import { DESCRIPTION, ROOT, VERSION } from './places.ts';

/** Of what is in `deploy`: examples to begin with, alerts and the board. */
const EXAMPLES = [
  'gorouter.yml',
  'identity.yml',
  'haproxy.cfg',
  'prometheus/alerts.yml',
  'prometheus/alerts.test.yml',
  'grafana/cellgate.json',
];
const UNITS = ['cellgate.service', 'cellgate-agent.service'];
const PAGES = ['README.md', 'CHANGELOG.md', 'LICENSE'];

export interface TreeContent {
  /** The one file. */
  readonly executable: string;
  /** What it is made of, for the licences. */
  readonly inputs: readonly string[];
}

/** Lays out in `folder` what belongs below /usr, or below /usr/local, where somebody unpacks it by hand. */
export function layTree(folder: string, { executable, inputs }: TreeContent): void {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const copy = (from: string, to: string): void => {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    copyFileSync(join(ROOT, from), join(folder, to));
  };
  mkdirSync(join(folder, 'bin'), { recursive: true });
  // The same file once more, not a copy: it is large.
  linkSync(executable, join(folder, 'bin/cellgate'));
  const table = { version: VERSION, description: DESCRIPTION, router: ROUTER, commands: COMMANDS };
  write('share/man/man1/cellgate.1', manPage(table));
  write('share/bash-completion/completions/cellgate', bashCompletion(ROUTER, COMMANDS));
  write('share/zsh/vendor-completions/_cellgate', zshCompletion(ROUTER, COMMANDS));
  write('share/fish/vendor_completions.d/cellgate.fish', fishCompletion(ROUTER, COMMANDS));
  for (const name of UNITS) copy(`deploy/systemd/${name}`, `lib/systemd/system/${name}`);
  for (const name of EXAMPLES) copy(`deploy/${name}`, `share/doc/cellgate/examples/${name}`);
  for (const name of PAGES) copy(name, `share/doc/cellgate/${name}`);
  cpSync(join(ROOT, 'docs'), join(folder, 'share/doc/cellgate/docs'), { recursive: true });
  write('share/doc/cellgate/LICENSES-OF-PARTS.txt', licenceTexts(inputs));
}
