import { freePorts } from '../../bench/free-ports.ts';
import { startDaemon } from '../socket/daemon.ts';
import { haproxy } from '../socket/proxy-kinds.ts';
import { Teardown } from '../socket/teardown.ts';

/** HAProxy as a reader of HTTP/2: of clients before one server, and of servers, each behind a port of its own. */
export class Haproxy {
  readonly frontPort: number;
  readonly backPorts: readonly number[];
  /** How often it had to be started again: 2.6 does not survive everything. */
  deaths = 0;
  readonly #start: () => Promise<void>;
  #starting: Promise<void> | null = null;

  /** `null` where it is not installed. */
  static async start(
    teardown: Teardown,
    originPort: number,
    backends: readonly number[],
  ): Promise<Haproxy | null> {
    const command = haproxy.command();
    if (command === undefined) return null;
    const [frontPort, ...backPorts] = (await freePorts(1 + backends.length)) as [number, ...number[]];
    const text = configuration(frontPort, originPort, backPorts, backends);
    let own = new Teardown();
    teardown.after(() => own.run());
    const start = async () => {
      await own.run();
      own = new Teardown();
      await startDaemon(own, command, haproxy.args, () => text, frontPort);
    };
    await start();
    return new Haproxy(frontPort, backPorts, start);
  }

  private constructor(frontPort: number, backPorts: readonly number[], start: () => Promise<void>) {
    this.frontPort = frontPort;
    this.backPorts = backPorts;
    this.#start = start;
  }

  /** To be called when it takes no connection: resolves when it does. */
  async revive(): Promise<void> {
    this.#starting ??= this.#start().finally(() => {
      this.deaths++;
      this.#starting = null;
    });
    await this.#starting;
  }
}

function configuration(
  frontPort: number,
  originPort: number,
  backPorts: readonly number[],
  backends: readonly number[],
): string {
  const behind = backends.map(
    (port, i) => `
listen backend-${i}
  bind 127.0.0.1:${backPorts[i]}
  http-reuse never
  server origin 127.0.0.1:${port} proto h2`,
  );
  return `
global
  nbthread 1
  maxconn 512
  tune.bufsize 262144
  tune.http.maxhdr 2000
defaults
  mode http
  retries 0
  timeout connect 5s
  timeout client 5s
  timeout server 5s
  timeout http-keep-alive 1s
listen front
  bind 127.0.0.1:${frontPort} proto h2
  server origin 127.0.0.1:${originPort}
${behind.join('\n')}
`;
}
