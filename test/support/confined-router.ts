import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { overlay } from '../../src/config/defaults.ts';
import type { Addresses } from '../../src/runtime/parts/addresses.ts';
import { configFile } from './cellgate-process.ts';
import { LOCAL } from './router.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/cellgate', import.meta.url));

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** A router in a process of its own that may open few files, or whose standard output nobody reads. */
export class ConfinedRouter {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;

  /** `config` is laid over one that listens on free local ports only. */
  constructor(t: Ending, files: number, config: object) {
    const path = configFile(
      t,
      JSON.stringify(overlay(overlay(LOCAL, { logging: { level: 'info' } }), config)),
    );
    // Node raises its soft limit to the hard one: both are set.
    const script = `ulimit -n ${files} && exec "$0" -c "$1"`;
    this.child = spawn('sh', ['-c', script, LAUNCHER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.exited = once(this.child, 'close');
    t.onTestFinished(async () => {
      this.child.kill('SIGKILL');
      this.child.stdout!.destroy();
      await this.exited;
    });
  }

  /** Resolves once requests are served. From then on nobody reads the standard output. */
  async started(): Promise<Addresses> {
    const output = this.child.stdout!.setEncoding('utf8');
    let text = '';
    const done = /^.*"message":"gorouter.started".*$/m;
    while (!done.test(text)) text += ((await once(output, 'data')) as [string])[0];
    output.pause();
    return JSON.parse(done.exec(text)![0]).data;
  }
}
