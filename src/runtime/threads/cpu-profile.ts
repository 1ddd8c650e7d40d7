import { Session } from 'node:inspector/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** What the thread that calls this spends its CPU time on for so long: a `.cpuprofile`, JSON. */
export async function cpuProfile(milliseconds: number): Promise<string> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await delay(milliseconds);
    const { profile } = await session.post('Profiler.stop');
    return JSON.stringify(profile);
  } finally {
    session.disconnect();
  }
}
