/** A new connection for every request, so many at the same time. */
import { percentile } from '../../statistics.ts';
import { answerCalls } from '../calls.ts';
import { EchoConnection } from '../echo-connection.ts';
import { FaultCount, type Faults } from '../faults.ts';
import { monotonic } from '../monotonic.ts';

export interface Churn {
  readonly requests: number;
  readonly seconds: number;
  readonly faults: Faults;
  /** Milliseconds from connecting to closed. */
  readonly p50: number;
  readonly p99: number;
}

const calls = {
  async run({ port, seconds, atOnce }: { port: number; seconds: number; atOnce: number }): Promise<Churn> {
    const faults = new FaultCount();
    const times: number[] = [];
    const begun = monotonic();
    const lane = async () => {
      for (let now = monotonic(); now < begun + seconds * 1000; now = monotonic()) {
        await new EchoConnection({ port }).ask({ toClose: true }).catch((error) => faults.add(error));
        times.push(monotonic() - now);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    return {
      requests: times.length,
      seconds: (monotonic() - begun) / 1000,
      faults: faults.faults,
      p50: percentile(times, 50),
      p99: percentile(times, 99),
    };
  },
};
export type ChurnClientsCalls = typeof calls;
answerCalls(calls);
