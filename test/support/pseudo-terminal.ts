import { spawnSync } from 'node:child_process';
import { findProgram } from '../../bench/find-program.ts';
import { CellgateProcess } from './cellgate-process.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** Of a command line for the shell. */
function underScript(command: string): string[] {
  return ['--quiet', '--flush', '--return', '--command', `exec ${command}`, '/dev/null'];
}

/** What to tell of a test that needs a terminal: `false` where there can be one. */
export function unlessTerminal(): string | false {
  const script = findProgram('script');
  if (script === undefined) return 'script is not installed';
  const { status } = spawnSync(script, underScript('test -t 1'), { stdio: 'ignore' });
  return status !== 0 && 'there are no pseudo-terminals here';
}

/** A command as it runs for somebody who sits at a terminal, in lines that end with CR LF. */
export class AtTerminal extends CellgateProcess {
  /** @param command for the shell, which becomes it */
  constructor(t: Ending, command: string, cwd: string, environment: NodeJS.ProcessEnv = {}) {
    super(t, underScript(command), cwd, environment, { program: findProgram('script')!, stdin: 'pipe' });
  }

  /** Like keys that somebody presses. */
  type(keys: string): void {
    this.child.stdin!.write(keys);
  }
}
