import type { TestContext } from 'vitest';
import type { HttpSettings } from '../../src/http/settings.ts';
import { Authority, type Identity } from './certificates.ts';
import { frontTlsOf } from './front-tls.ts';
import { HTTP_2, HttpEngine } from './http-engine.ts';
import { ObjectServer, type Speech } from './object-server.ts';
import { fileOf } from './peer-program.ts';

const SAN = 'f3a1c7d2-1111-2222-3333-444455556666';

let authority: Authority | null = null;
let front: Identity | null = null;
let behind: Identity | null = null;

/** How clients speak to the router, and it to the application. */
export interface Ways {
  readonly front: 'h2' | 'h2c';
  readonly back: Speech;
}

export const WAYS: readonly Ways[] = [
  { front: 'h2', back: 'h2' },
  { front: 'h2c', back: 'h2c' },
  { front: 'h2', back: 'HTTP/1.1' },
];

export function nameOf({ front, back }: Ways): string {
  return `${front} before ${back}`;
}

/** Certificates of `app.test` for the router and of an application, made when they are first asked for. */
function identities(): { ca: Authority; front: Identity; behind: Identity } {
  authority ??= new Authority();
  front ??= authority.issue({ names: 'DNS:app.test' });
  behind ??= authority.issue({ names: `DNS:${SAN}` });
  return { ca: authority, front, behind };
}

/** A router with one application at `app.test`, spoken to in these ways. */
export class Http2Platform {
  readonly engine: HttpEngine;
  /** PEM; of the router's certificate, and of applications'. */
  readonly ca: string;
  /** Where programs find it. */
  readonly caFile: string;
  readonly ways: Ways;

  static async start(
    t: TestContext,
    ways: Ways,
    settings: Partial<HttpSettings> = {},
  ): Promise<Http2Platform> {
    const { ca, front } = identities();
    const engine = await HttpEngine.start(t, {
      http2: HTTP_2,
      frontTls: ways.front === 'h2' ? frontTlsOf(front) : null,
      backendTls: { ca: [ca.cert], certChain: '', privateKey: '', ciphers: '', verify: true },
      ...settings,
    });
    return new Http2Platform(engine, ca.cert, fileOf(t, ca.cert, 'ca.pem'), ways);
  }

  private constructor(engine: HttpEngine, ca: string, caFile: string, ways: Ways) {
    this.engine = engine;
    this.ca = ca;
    this.caFile = caFile;
    this.ways = ways;
  }

  /** Of an application. */
  static get identity(): Identity {
    return identities().behind;
  }

  get origin(): string {
    const { front } = this.ways;
    return `${front === 'h2' ? 'https' : 'http'}://app.test:${this.engine.port}`;
  }

  /** Leads requests to what listens on this local port. */
  leadTo(port: number): void {
    const { back } = this.ways;
    this.engine.routeToEndpoint('app.test', {
      host: '127.0.0.1',
      port,
      ...(back === 'HTTP/1.1' ? {} : { protocol: 'http2' as const }),
      ...(back === 'h2' ? { tls: true, serverCertDomainSan: SAN } : {}),
    });
  }

  async serveObjects(t: TestContext): Promise<ObjectServer> {
    const server = await ObjectServer.start(t, this.ways.back, Http2Platform.identity);
    this.leadTo(server.port);
    return server;
  }
}
