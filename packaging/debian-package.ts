import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, VERSION } from './places.ts';

const SCRIPTS = ['postinst', 'prerm'];
const CONFIGURATION = 'etc/cellgate/gorouter.yml';

/** Where there is no dpkg-deb, there is no package: what it would be called. */
export function debianPackageName(): string {
  return `cellgate_${VERSION}_${debianArchitecture()}.deb`;
}

/** Debian's name for what Node calls `x64`. */
function debianArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}

/**
 * Writes a package for Debian. @param tree what belongs below /usr; it is moved @param folder where the package is laid
 * out, on the same file system
 */
export function makeDebianPackage(path: string, tree: string, folder: string): void {
  const control = join(folder, 'DEBIAN');
  mkdirSync(control, { recursive: true });
  renameSync(tree, join(folder, 'usr'));
  mkdirSync(join(folder, 'etc/cellgate'), { recursive: true });
  copyFileSync(join(ROOT, 'deploy/gorouter.yml'), join(folder, CONFIGURATION));
  // Until the user of the service is there, it is root's alone.
  chmodSync(join(folder, CONFIGURATION), 0o600);
  writeFileSync(join(control, 'conffiles'), `/${CONFIGURATION}\n`);
  writeFileSync(join(control, 'control'), controlText(folder));
  for (const name of SCRIPTS) {
    copyFileSync(join(ROOT, 'deploy/debian', name), join(control, name));
    chmodSync(join(control, name), 0o755);
  }
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', folder, path], { stdio: 'ignore' });
}

function controlText(folder: string): string {
  const kilobytes = execFileSync('du', ['-sk', '--exclude=DEBIAN', folder], { encoding: 'utf8' }).split(
    '\t',
  )[0]!;
  const values: Readonly<Record<string, string>> = {
    VERSION,
    ARCHITECTURE: debianArchitecture(),
    SIZE: kilobytes,
  };
  const text = readFileSync(join(ROOT, 'deploy/debian/control'), 'utf8');
  return text.replaceAll(/@(\w+)@/g, (_whole, name: string) => values[name]!);
}
