import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { findProgram } from '../bench/find-program.ts';
import { makeArchive } from './archive.ts';
import { debianPackageName, makeDebianPackage } from './debian-package.ts';
import { makeExecutable } from './executable.ts';
import { DIST, PACKAGE_NAME } from './places.ts';
import { layTree } from './tree.ts';

const USAGE = `Usage: npm run package [-- --file-only]

Makes dist anew: the one file, an archive with all that belongs to it, and a package for Debian; or the file alone.
`;

const begun = performance.now();
const [only, ...more] = process.argv.slice(2);
if ((only !== undefined && only !== '--file-only') || more.length > 0) {
  process.stderr.write(USAGE);
  process.exit(64);
}
// Others read it wherever it is unpacked; and nothing of a version of before is to be taken for one of this.
process.umask(0o022);
rmSync(DIST, { recursive: true, force: true });
const staging = join(DIST, 'staging');
const tree = join(staging, PACKAGE_NAME);
mkdirSync(tree, { recursive: true });

const executable = join(DIST, PACKAGE_NAME);
const { inputs } = await makeExecutable(executable);
tell(executable);

if (only === undefined) packUp();
rmSync(staging, { recursive: true });

function packUp(): void {
  layTree(tree, { executable, inputs });
  const archive = `${executable}.tar.gz`;
  makeArchive(archive, tree);
  tell(archive);

  if (findProgram('dpkg-deb') === undefined) {
    process.stdout.write('no package for Debian: dpkg-deb is not installed\n');
  } else {
    const debian = join(DIST, debianPackageName());
    makeDebianPackage(debian, tree, join(staging, 'debian'));
    tell(debian);
  }
}

/** Whoever looks at the terminal sees what is there, and that it goes on. */
function tell(path: string): void {
  const megabytes = (statSync(path).size / 1e6).toFixed(0);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  process.stdout.write(`${path}  ${megabytes} MB, after ${seconds} s\n`);
}
