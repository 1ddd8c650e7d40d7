import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ANY_CORE, type Daemon } from '../../bed.ts';
import { CannotStart } from '../../cannot-start.ts';
import { CELLGATE } from '../../running-cellgate.ts';
import type { Site } from '../figure.ts';
import { TOKEN } from './gateway.ts';

const LOOK_MS = 20;
let runs = 0;

/** What a command came to. */
export interface Ended {
  readonly exit: number | null;
  readonly seconds: number;
  /** What it wrote on stdout and stderr. */
  readonly output: string;
  readonly errors: string;
}

/** A command line of the router's, as an operator types it. */
export class Command {
  readonly #daemon: Daemon;
  readonly #begun = performance.now();

  /** @param admin address of the router that is asked */
  constructor({ bed }: Site, admin: string, args: readonly string[]) {
    const all = [...args, '--admin', admin, '--token', TOKEN];
    this.#daemon = bed.start(`command-${++runs}`, ANY_CORE, CELLGATE, all);
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.#daemon.pid, signal);
  }

  /** Seconds since it began. */
  get seconds(): number {
    return (performance.now() - this.#begun) / 1000;
  }

  /** Resolves when it has ended. @throws CannotStart when it takes longer than so many seconds */
  async end(patience: number): Promise<Ended> {
    while (this.#daemon.ending() === undefined) {
      if (this.seconds > patience)
        throw new CannotStart(`${this.#daemon.name} takes more than ${patience} s`);
      await delay(LOOK_MS);
    }
    const { output, errors } = this.#daemon;
    return {
      exit: this.#daemon.exitCode(),
      seconds: this.seconds,
      output: readFileSync(output, 'utf8'),
      errors: readFileSync(errors, 'utf8'),
    };
  }
}
