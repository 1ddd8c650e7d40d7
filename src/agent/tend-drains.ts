import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { every } from '../boundary/timers.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { AgentEvent } from './agent-event.ts';
import type { Engine } from './engine.ts';
import type { AgentRoute } from './route/agent-route.ts';
import { runScript } from './run-script.ts';

const LOOK_MS = 1_000;

/** Looks once in a second which files of routes that want to be drained so are there. Answers how to stop. */
export function watchDrainFiles(engine: Engine, interval = LOOK_MS): () => void {
  const look = (): void => {
    for (const held of engine.routes) {
      const { file } = held.route.drain;
      if (file === null) continue;
      const isThere = existsSync(file);
      const isWanted = held.drain.state !== 'serving' && held.drain.causes.has('file');
      if (isThere && !isWanted)
        inBackground(
          ONE_ROUND,
          engine.drain((other) => other === held, 'file'),
        );
      if (!isThere && isWanted) engine.release((other) => other === held, 'file');
    }
  };
  look();
  const timer = every(interval, ONE_ROUND, look);
  return () => clearInterval(timer);
}

/**
 * Says that an application may stop: its command is run, and next to its file another appears, FILE.drained, which goes
 * when the drain is called off.
 */
export class DrainSigns {
  readonly #log: ComponentLog;
  readonly #end = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(log: ComponentLog) {
    this.#log = log;
  }

  heed(event: AgentEvent): void {
    const { kind, route } = event;
    if (kind === 'drained') this.#drained(route);
    else if (kind === 'drain-called-off' || kind === 'draining') this.#remove(route);
    // One that another agent has left would be taken for the end of the next drain.
    else if (kind === 'added' && !event.isChanged && !isDrainWanted(route)) this.#remove(route);
  }

  /** Resolves when no command runs any more. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Kills commands that still run. */
  close(): void {
    this.#end.abort();
  }

  #drained({ name, drain: { file, command } }: AgentRoute): void {
    if (command !== null) inBackground(ONE_ROUND, this.#finish(this.#run(name, command)));
    if (file === null) return;
    try {
      writeFileSync(signOf(file), '');
    } catch (error) {
      this.#log.error('drain-file-failed', { route: name, file: signOf(file), error });
    }
  }

  #remove({ name, drain: { file } }: AgentRoute): void {
    if (file === null) return;
    try {
      rmSync(signOf(file), { force: true });
    } catch (error) {
      this.#log.error('drain-file-failed', { route: name, file: signOf(file), error });
    }
  }

  async #finish(command: Promise<void>): Promise<void> {
    this.#running.add(command);
    try {
      await command;
    } finally {
      this.#running.delete(command);
    }
  }

  async #run(route: string, command: string): Promise<void> {
    const { result, stdout, stderr } = await runScript(command, null, this.#end.signal);
    if (result.ok) this.#log.info('drain-command-ended', { route, command, stdout, stderr });
    else this.#log.error('drain-command-failed', { route, command, error: result.reason, stdout, stderr });
  }
}

/** Whether the file is there that drains the route. */
export function isDrainWanted({ drain: { file } }: AgentRoute): boolean {
  return file !== null && existsSync(file);
}

function signOf(file: string): string {
  return `${file}.drained`;
}
