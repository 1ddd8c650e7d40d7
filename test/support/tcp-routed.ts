import { freePort } from './free-port.ts';
import { TestRouter } from './router.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** A router with one TCP port reserved for the test. */
export interface TcpFixture {
  readonly router: TestRouter;
  readonly port: number;
}

/** @param tcp keys below `cellgate.tcp`; `cellgate`: beside it */
export async function startTcp(t: Ending, tcp: object = {}, cellgate: object = {}): Promise<TcpFixture> {
  const port = await freePort();
  const base = { listen_host: '127.0.0.1', reservable_ports: String(port) };
  const router = await TestRouter.start(t, { cellgate: { ...cellgate, tcp: { ...base, ...tcp } } });
  return { router, port };
}

/** Registers a local backend over the bus; does not wait for it to take effect. */
export function announce({ router, port }: TcpFixture, backend: number, more: object = {}): void {
  const route = { protocol: 'tcp', external_port: port, ...more };
  router.publish('router.register', { host: '127.0.0.1', port: backend, ...route });
}
