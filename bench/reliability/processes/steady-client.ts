/** Good traffic at a fixed rate over keep-alive connections, whatever becomes of the answers (open loop). */
import { percentile } from '../../statistics.ts';
import { answerCalls } from '../calls.ts';
import { EchoConnection, type Target } from '../echo-connection.ts';
import { FaultCount, type Faults } from '../faults.ts';
import { monotonic } from '../monotonic.ts';

export interface Service {
  readonly requests: number;
  readonly faults: Faults;
  /** Milliseconds from the moment a request was due. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface SteadyLoad extends Omit<Target, 'from'> {
  readonly perSecond: number;
}

interface Run {
  readonly target: Target;
  readonly begun: number;
  /** Milliseconds between two requests. */
  readonly interval: number;
  readonly timer: NodeJS.Timeout;
  readonly faults: FaultCount;
  readonly times: number[];
  readonly free: EchoConnection[];
  readonly underWay: Set<Promise<void>>;
  due: number;
}

const TICK_MS = 2;
let run: Run | undefined;

const calls = {
  start({ perSecond, ...target }: SteadyLoad): void {
    run = {
      target,
      begun: monotonic(),
      interval: 1000 / perSecond,
      timer: setInterval(sendDue, TICK_MS),
      faults: new FaultCount(),
      times: [],
      free: [],
      underWay: new Set(),
      due: 0,
    };
  },

  async stop(): Promise<Service> {
    const { timer, underWay, times, faults, free } = run!;
    clearInterval(timer);
    await Promise.all(underWay);
    for (const connection of free) connection.close();
    return {
      requests: times.length,
      faults: faults.faults,
      p50: percentile(times, 50),
      p99: percentile(times, 99),
      p999: percentile(times, 99.9),
      max: percentile(times, 100),
    };
  },
};
export type SteadyClientCalls = typeof calls;
answerCalls(calls);

function sendDue(): void {
  const { begun, interval, underWay } = run!;
  for (; begun + run!.due * interval <= monotonic(); run!.due++) {
    const request = ask(run!, begun + run!.due * interval);
    underWay.add(request);
    void request.then(() => underWay.delete(request));
  }
}

async function ask({ target, free, faults, times }: Run, dueAt: number): Promise<void> {
  let connection = free.pop();
  while (connection?.isOpen === false) connection = free.pop();
  connection ??= new EchoConnection(target);
  try {
    await connection.ask();
    free.push(connection);
  } catch (error) {
    faults.add(error);
    connection.close();
  }
  times.push(monotonic() - dueAt);
}
