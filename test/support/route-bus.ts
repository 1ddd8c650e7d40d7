import { type BusOptions, connectBus } from '../../src/bus/connect-bus.ts';
import { EmbeddedBus } from '../../src/bus/embedded/server.ts';
import { startMessage } from '../../src/bus/start-message.ts';
import { subscribeRoutes } from '../../src/bus/subscriber.ts';
import { findNatsServer, startNatsServer } from './nats-server.ts';
import { LogLines, RegistryFixture } from './registry-fixture.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

const START = startMessage({
  index: 0,
  uuid: 'b1e9',
  localAddress: '10.0.0.9',
  minimumRegisterInterval: 20_000,
  pruneThreshold: 120_000,
});

export function busOptions(ports: readonly number[], more: Partial<BusOptions> = {}): BusOptions {
  return {
    servers: ports.map((port) => ({ hostname: '127.0.0.1', port })),
    user: '',
    pass: '',
    pingInterval: 20_000,
    attempts: 3,
    attemptInterval: 100,
    log: new LogLines(),
    onClosed: () => {},
    ...more,
  };
}

/** A table that listens to a bus, and an agent that says to it what a test wants said; nats-server where there is one. */
export async function routeBus(t: Ending, table = new RegistryFixture()) {
  const server = findNatsServer() ? await startNatsServer() : await EmbeddedBus.listen({ port: 0 });
  t.onTestFinished(() => server.close());
  const router = await connectBus(busOptions([server.port]));
  const agent = await connectBus(busOptions([server.port]));
  t.onTestFinished(() => Promise.all([router.close(), agent.close()]));
  const { log } = table;
  await subscribeRoutes({
    bus: router,
    routes: table.registry,
    startMessage: START,
    http2: true,
    log,
    counters: table.tally,
  });
  // What the start itself says is none of the tests' business.
  log.lines.length = 0;
  /** Resolves when the router has dealt with it. */
  const send = async (subject: string, ...payloads: (string | Uint8Array | object)[]): Promise<void> => {
    for (const payload of payloads) {
      const plain = typeof payload === 'string' || payload instanceof Uint8Array;
      agent.publish(subject, Buffer.from(plain ? payload : JSON.stringify(payload)));
    }
    await agent.flush();
    await router.flush();
  };
  return { table, log, agent, send, port: server.port };
}
