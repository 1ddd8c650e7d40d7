import { RoutingApi } from '../../src/routing-api/routing-api.ts';
import type { OAuthSettings, RoutingApiSettings } from '../../src/routing-api/settings.ts';
import type { ComponentLog } from '../../src/telemetry/component-log.ts';
import { SILENT } from '../../src/telemetry/silent-log.ts';
import { type LogLine, LogLines } from './registry-fixture.ts';
import type { RoutingApiPeer } from './routing-api-peer.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** A log that wakes who waits for a line, or for what comes with one. */
export class WakingLog extends LogLines {
  #wake: () => void = () => {};

  constructor() {
    super();
    for (const level of ['debug', 'info', 'warn', 'error', 'fatal'] as const) {
      const write = this[level].bind(this);
      this[level] = (message, data) => {
        write(message, data);
        this.wake();
      };
    }
  }

  wake(): void {
    this.#wake();
  }

  async until(met: () => boolean): Promise<void> {
    while (!met()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  of(message: string): LogLine[] {
    return this.lines.filter((line) => line.message === message);
  }
}

/** A client of a peer without TLS; the UAA is the same peer where it has a client. */
export function routingApi(
  t: Ending,
  peer: RoutingApiPeer,
  oauth: Partial<OAuthSettings> = {},
  settings: Partial<RoutingApiSettings> = {},
  log: ComponentLog = SILENT,
): RoutingApi {
  const url = `http://127.0.0.1:${peer.port}`;
  const api = new RoutingApi(
    {
      url,
      ca: '',
      cert: '',
      key: '',
      oauth: peer.client === null ? null : { ...oauthOf(peer), ...oauth },
      requestTimeout: 150,
      streamSilence: 60_000,
      ...settings,
    },
    log,
  );
  t.onTestFinished(() => api.close());
  return api;
}

function oauthOf({ port, client }: RoutingApiPeer): OAuthSettings {
  return {
    url: `http://127.0.0.1:${port}`,
    client: client!.name,
    secret: client!.secret,
    ca: '',
    skipValidation: false,
    retries: 2,
    retryInterval: 5,
    margin: 0,
  };
}
