import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../../statistics.ts';
import { atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { heldBytes } from '../held-bytes.ts';
import { residentBytes } from '../process-state.ts';
import type { SlowReadersCalls } from '../processes/slow-readers.ts';
import type { Service, SteadyClientCalls } from '../processes/steady-client.ts';
import { startRouter } from '../router.ts';
import { socketQueues } from '../socket-queues.ts';
import { Subprocess } from '../subprocess.ts';

const READERS = new URL('../processes/slow-readers.ts', import.meta.url);
const FAST = new URL('../processes/steady-client.ts', import.meta.url);
const COUNT = 1000;
const OBJECT_BYTES = 100_000_000;
const PER_SECOND = 10_000;
const FAST_PER_SECOND = 100;
const QUIET_SECONDS = 10;
/** Until all readers have been connected and the kernel's buffers are full. */
const FILL_SECONDS = 15;
const SECONDS = 20;
const KIB = 1024;

export const slowReaders: Figure = {
  id: 'L18',
  what: `${COUNT} clients read an object of 100 MB at 10 KB/s each`,
  async run(site: Site): Promise<Outcome> {
    const { bed, scale, say } = site;
    const count = Math.round(COUNT * scale);
    const router = await startRouter(site, 1, { keys: { backends: { max_conns: 0 } } });
    const readers = new Subprocess<SlowReadersCalls>(bed, READERS);
    const fast = new Subprocess<SteadyClientCalls>(bed, FAST);
    const serve = async (seconds: number): Promise<Service> => {
      await fast.call('start', { port: router.port, perSecond: FAST_PER_SECOND });
      await delay(seconds * 1000);
      return fast.call('stop');
    };

    say('quiet');
    await serve(2);
    const quiet = await serve(QUIET_SECONDS);
    const before = residentBytes(router.daemon.pid);

    say(`${count} slow readers`);
    await readers.call('start', { port: router.port, count, bytes: OBJECT_BYTES, perSecond: PER_SECOND });
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, residentBytes(router.daemon.pid));
    }, 200);
    await delay(FILL_SECONDS * 1000);
    say(`${SECONDS} s beside a fast client`);
    const beside = await serve(SECONDS);
    const [sendings, readings] = [await router.origin.call('sending'), await readers.call('progress')];
    const held = heldBytes(sendings, readings, socketQueues(), router.port);
    clearInterval(watch);
    const faults = await readers.call('stop');
    const delivered = readings.reduce((total, { taken }) => total + taken, 0);
    const taken = sendings.reduce((total, sending) => total + sending.taken, 0);
    return {
      checks: [
        atMost('memory per reader at the peak', (peak - before) / count / KIB, 'KiB', 256, 64),
        atMost(
          'read from the backend and not yet written, most per reader',
          percentile(held, 100) / KIB,
          'KiB',
          256,
          64,
        ),
        atMost("a fast client's p99, of that when quiet", beside.p99 / quiet.p99, '×', 2),
        none('readers that got no or wrong bytes', sum(faults)),
        none('failures of the fast client', sum(beside.faults)),
      ],
      notes: [
        `${sendings.length} objects under way: ${mb(taken)} MB left the backend, ${mb(delivered)} MB were read, the rest is in the kernel's buffers.`,
        `p99 of the fast client ${quiet.p99.toFixed(1)} ms when quiet, ${beside.p99.toFixed(1)} ms beside the readers.`,
        describe(faults),
        describe(beside.faults),
      ].filter((note) => note !== ''),
    };
  },
};

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
