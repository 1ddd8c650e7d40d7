import { spawn } from 'node:child_process';
import { on } from '../boundary/events.ts';
import { ONE_MESSAGE, ONE_ROUND } from '../boundary/owner.ts';
import { every } from '../boundary/timers.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';

/**
 * systemd, where it has started this process and waits to hear that it serves (`Type=notify`). It listens on a socket of
 * a kind that Node cannot open, so it is told by `systemd-notify`, which comes with it; the unit has to allow that
 * (`NotifyAccess=all`). Elsewhere nobody is told anything.
 */
export class Systemd {
  readonly #log: ComponentLog;
  readonly #listens: boolean;
  /** Milliseconds within which it wants to hear that this thread still turns; 0: it does not (`WatchdogSec`). */
  readonly #patience: number;

  constructor(log: ComponentLog, env: Readonly<Record<string, string | undefined>> = process.env) {
    this.#log = log;
    this.#listens = (env['NOTIFY_SOCKET'] ?? '') !== '';
    this.#patience = this.#listens ? watchdogMs(env) : 0;
  }

  /** Requests are served from now on. A proxy thread that stands still is replaced by this thread, and this one by systemd. */
  ready(): void {
    this.#tell('READY=1', 'STATUS=serving');
    if (this.#patience === 0) return;
    every(this.#patience / 2, ONE_ROUND, () => this.#tell('WATCHDOG=1')).unref();
  }

  /** It will end; a drain takes a while. */
  ending(how: 'draining' | 'stopping'): void {
    this.#tell('STOPPING=1', `STATUS=${how}`);
  }

  /** Nobody waits for it: what serves goes on serving if it fails, and the log says why systemd may lose its patience. */
  #tell(...assignments: string[]): void {
    if (!this.#listens) return;
    const child = spawn('systemd-notify', assignments, { stdio: 'ignore' });
    const fail = (error: string): void => this.#log.warn('systemd-not-told', { told: assignments, error });
    on(child, 'error', ONE_MESSAGE, ({ message }: Error) => fail(message));
    on(child, 'exit', ONE_MESSAGE, (code: number | null, signal: string | null) => {
      if (code !== 0) fail(`systemd-notify ended with ${code ?? signal}`);
    });
    child.unref();
  }
}

/** For another process of the service, which had this environment from it, nothing is meant (sd_watchdog_enabled(3)). */
function watchdogMs(env: Readonly<Record<string, string | undefined>>): number {
  const pid = env['WATCHDOG_PID'] ?? '';
  const milliseconds = Number(env['WATCHDOG_USEC'] ?? '') / 1000;
  if (pid !== '' && pid !== String(process.pid)) return 0;
  return milliseconds > 0 && Number.isFinite(milliseconds) ? milliseconds : 0;
}
