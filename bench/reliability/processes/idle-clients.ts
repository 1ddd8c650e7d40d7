/** Connections that are asked one thing and then kept idle. */
import { answerCalls } from '../calls.ts';
import { EchoConnection, type Target } from '../echo-connection.ts';
import { FaultCount, type Faults } from '../faults.ts';

interface Opening extends Omit<Target, 'from'> {
  /** Addresses to connect from, in turn. */
  readonly from: readonly string[];
  readonly count: number;
  /** How many ask at the same time. */
  readonly atOnce: number;
}

const connections: EchoConnection[] = [];

const calls = {
  open({ from, count, atOnce, ...target }: Opening): Promise<Faults> {
    return askEach(count, atOnce, (index) => {
      const connection = new EchoConnection({ ...target, from: from[index % from.length]! });
      connections.push(connection);
      return connection;
    });
  },

  /** Asks over every connection there should be. */
  askAgain(atOnce: number): Promise<Faults> {
    return askEach(connections.length, atOnce, (index) => connections[index]!);
  },

  close(): void {
    for (const connection of connections.splice(0)) connection.close();
  },
};
export type IdleClientsCalls = typeof calls;
answerCalls(calls);

async function askEach(
  count: number,
  atOnce: number,
  connectionAt: (index: number) => EchoConnection,
): Promise<Faults> {
  const faults = new FaultCount();
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const connection = connectionAt(next++);
      await connection.ask().catch((error) => faults.add(error));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return faults.faults;
}
