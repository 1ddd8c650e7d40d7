import { CellgateProcess } from '../../test/support/cellgate-process.ts';
import { NatsRawClient } from '../../test/support/nats-raw-client.ts';
import { ask, get, statusOf } from '../../test/support/raw-http.ts';
import type { Teardown } from '../socket/teardown.ts';

const THREAD_ENDS =
  /^proxy-thread-(failed|exited|replaced|leaves|stuck|cannot-listen)$|^proxy-threads-silent$|^uncaught|^panic$/;

/** What must not stand in the log. */
export interface Incident {
  /** `thread`: one is lost, or was given up. `panic`: a handler threw, and no more than its owner was lost. */
  readonly rank: 'thread' | 'panic';
  /** What is alike in all incidents of one fault. */
  readonly signature: string;
  readonly line: string;
}

interface Line {
  readonly message: string;
  readonly data?: { readonly error?: string; readonly given_up?: string };
}

/** The router as a process of its own, whose log is read for what must not happen. */
export class WatchedRouter {
  readonly port: number;
  onIncident: (incident: Incident) => void = () => {};
  /** Whether the process has ended, with all its threads. */
  isGone = false;
  readonly #process: CellgateProcess;
  readonly #bus: NatsRawClient;
  #unread = '';

  static async start(teardown: Teardown): Promise<WatchedRouter> {
    const router = CellgateProcess.router(teardown, {
      // Nobody repeats the registrations.
      droplet_stale_threshold: '24h',
      cellgate: { proxy_threads: 1, h2c: true, h2c_endpoints: true },
    });
    const addresses = await router.started();
    const bus = await NatsRawClient.connect(addresses.bus!);
    teardown.after(() => bus.socket.destroy());
    bus.send('CONNECT {"verbose":false}\r\n');
    return new WatchedRouter(router, bus, addresses.http);
  }

  private constructor(process: CellgateProcess, bus: NatsRawClient, port: number) {
    this.#process = process;
    this.#bus = bus;
    this.port = port;
    process.stdout = '';
    process.child.stdout!.on('data', () => this.#read());
    void process.exited.then(([code, signal]) => {
      this.isGone = true;
      const line = `${process.stderr}${this.#unread}${process.stdout}`.slice(-8000);
      const said = /Assertion failed.*|FATAL ERROR.*|\w*Error: .*/.exec(process.stderr)?.[0] ?? '';
      this.onIncident({
        rank: 'thread',
        signature: `the process ends: ${code ?? signal} ${said}`.trim(),
        line,
      });
    });
  }

  /** Leads requests for `host` to a local port, and resolves once they are. */
  async route(host: string, port: number, version: '1' | '2'): Promise<void> {
    const more = version === '2' ? { protocol: 'http2' } : {};
    const message = JSON.stringify({ uris: [host], host: '127.0.0.1', port, ...more });
    this.#bus.send(`PUB router.register ${Buffer.byteLength(message)}\r\n${message}\r\n`);
    while (statusOf(await ask(this.port, get(host))) === 404) {}
  }

  #read(): void {
    const lines = (this.#unread + this.#process.stdout).split('\n');
    this.#process.stdout = '';
    this.#unread = lines.pop()!;
    for (const line of lines) {
      if (!line.includes('"panic-check"') && !line.includes('"proxy-thread') && line.startsWith('{'))
        continue;
      const incident = incidentOf(line);
      if (incident !== null) this.onIncident(incident);
    }
  }
}

function incidentOf(line: string): Incident | null {
  if (!line.startsWith('{')) return { rank: 'thread', signature: line.slice(0, 80), line };
  const { message, data } = JSON.parse(line) as Line;
  if (message === 'panic-check') {
    const rank = data?.given_up === 'part' ? 'thread' : 'panic';
    return { rank, signature: `${data?.given_up}: ${signatureOf(data?.error ?? '')}`, line };
  }
  if (!THREAD_ENDS.test(message)) return null;
  return { rank: 'thread', signature: `${message} ${signatureOf(data?.error ?? '')}`.trim(), line };
}

/** What was said, without what a peer may have chosen of it, and where in the router. */
function signatureOf(stack: string): string {
  const [said = '', ...frames] = stack.split('\n').map((line) => line.trim());
  const own = frames.find((line) => line.includes('/src/')) ?? frames[0] ?? '';
  const where = own.replace(/\(?file:.*\/src\/|:\d+:\d+\)?$/g, '').trim();
  return `${said.replace(/"[^"]*"/g, '"…"').slice(0, 120)} ${where}`;
}
