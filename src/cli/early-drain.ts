import { close, url } from 'node:inspector';
import { contain } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';

/** In which Node has opened that port, for a signal that came at the last moment. Milliseconds. */
const LATEST = 1_000;

/**
 * Heeds a SIGUSR1 that came while the process began, before anybody listened to it: Node opens a port for debuggers then,
 * and goes on. That port is closed again. Where somebody has asked for one, a SIGUSR1 cannot be told from that.
 */
export function heedEarlyDrain(drain: () => void): void {
  if (isDebugged()) return;
  const look = (): void => {
    if (url() === undefined) return;
    close();
    drain();
  };
  contain(ONE_ROUND, look);
  after(LATEST, ONE_ROUND, look).unref();
}

function isDebugged(): boolean {
  const given = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  return given.some((option) => /^--inspect(?:-brk|-wait)?(?:=|$)/.test(option));
}
