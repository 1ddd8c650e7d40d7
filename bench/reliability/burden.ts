import { setTimeout as delay } from 'node:timers/promises';
import type { Front } from './fronts.ts';
import { residentBytes } from './process-state.ts';
import type { Service, SteadyClientCalls } from './processes/steady-client.ts';
import type { Subprocess } from './subprocess.ts';

/** What abuse does to a proxy and to a client that behaves. Bytes of memory are those of the whole process. */
export interface Burden {
  readonly before: number;
  readonly peak: number;
  /** A while after the end. */
  readonly after: number;
  readonly quiet: Service;
  readonly beside: Service;
  /** What else there is to tell. */
  readonly told: string;
}

const PER_SECOND = 200;
const WARM_UP_MS = 2000;
const QUIET_MS = 5000;
const SAMPLE_MS = 50;

/** `abuse` goes on until it resolves, `release` ends what it has left behind; memory is looked at `settleMs` later. */
export async function burden(
  { http, daemon }: Front,
  good: Subprocess<SteadyClientCalls>,
  abuse: { run(): Promise<string>; release(): Promise<void>; readonly settleMs: number },
): Promise<Burden> {
  const serve = async (during: Promise<unknown>): Promise<Service> => {
    await good.call('start', { port: http, perSecond: PER_SECOND });
    await during;
    return good.call('stop');
  };
  await serve(delay(WARM_UP_MS));
  const quiet = await serve(delay(QUIET_MS));
  const before = residentBytes(daemon.pid);
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, residentBytes(daemon.pid));
  }, SAMPLE_MS);
  const running = abuse.run();
  const beside = await serve(running);
  clearInterval(watch);
  await abuse.release();
  await delay(abuse.settleMs);
  return { before, peak, after: residentBytes(daemon.pid), quiet, beside, told: await running };
}

const MB = 1024 * 1024;

/** In MB. */
export function grown({ before, peak }: Burden): number {
  return (peak - before) / MB;
}

/** In MB. */
export function left({ before, after }: Burden): number {
  return (after - before) / MB;
}

/** The p99 of others beside it, of that when quiet. */
export function slowdown({ quiet, beside }: Burden): number {
  return beside.p99 / quiet.p99;
}

export function describeBurden(name: string, burden: Burden): string {
  const { before, peak, after, quiet, beside, told } = burden;
  const [mb, ms] = [(bytes: number) => (bytes / MB).toFixed(0), (time: number) => time.toFixed(1)];
  return `${name}: memory ${mb(before)}, at the peak ${mb(peak)}, later ${mb(after)} MB; p99 of others ${ms(quiet.p99)} ms when quiet, then ${ms(beside.p99)} ms; ${told}.`;
}
