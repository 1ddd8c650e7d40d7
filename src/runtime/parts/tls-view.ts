import { type Answer, ok } from '../../admin/answer.ts';
import type { AdminApi } from '../../admin/api.ts';
import type { HttpSettings } from '../../http/settings.ts';
import type { TcpSettings } from '../../tcp/connection/settings.ts';
import type { CounterName } from '../../telemetry/counters.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { certificateJson } from '../show/certificates.ts';
import type { Part, Reload } from './part.ts';

export interface TlsViewPartOptions {
  readonly api: AdminApi;
  readonly settings: HttpSettings;
  /** Null: no TCP router. */
  readonly tcp: TcpSettings | null;
  /** The sum over all threads. */
  count(name: CounterName): number;
}

/** The certificates that this router shows, and what became of handshakes. */
export class TlsViewPart implements Part {
  readonly name = 'tls view';
  readonly #count: TlsViewPartOptions['count'];
  #settings: HttpSettings;
  #tcp: TcpSettings | null;

  constructor({ api, settings, tcp, count }: TlsViewPartOptions) {
    this.#settings = settings;
    this.#tcp = tcp;
    this.#count = count;
    api.add({ method: 'GET', path: '/v1/tls', right: 'read', handler: () => this.#answer() });
  }

  reload({ settings, tcp }: Reload): void {
    this.#settings = settings;
    this.#tcp = tcp;
  }

  #answer(): Answer {
    const { frontTls, backendTls } = this.#settings;
    const now = systemTime();
    const own = backendTls.certChain;
    const count = this.#count;
    const [all, resumed, newest] = [
      count('tls_handshakes'),
      count('tls_handshakes_resumed'),
      count('tls_handshakes_1_3'),
    ];
    return ok({
      certificates: [
        ...(frontTls?.certificates ?? []).map(({ certChain }) => certificateJson('http', certChain, now)),
        ...(this.#tcp?.frontTls ?? []).map(({ certChain }) => certificateJson('tcp', certChain, now)),
        ...(own === '' ? [] : [certificateJson('backends', own, now)]),
      ],
      // Of clients of HTTP, since this router began.
      handshakes: {
        full: all - resumed,
        resumed,
        failed: count('tls_handshakes_failed'),
        versions: { 'TLSv1.3': newest, older: all - newest },
      },
    });
  }
}
