import { type Answer, ok } from '../../admin/answer.ts';
import type { AdminApi } from '../../admin/api.ts';
import type { HttpSettings } from '../../http/settings.ts';
import type { TcpSettings } from '../../tcp/connection/settings.ts';
import type { CounterName } from '../../telemetry/counters.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { certificateJson, namesOf, type ShownCertificate, shownCertificate } from '../show/certificates.ts';
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
  /** Read when they are first asked for; null: they were not. */
  #certificates: readonly ShownCertificate[] | null = null;

  constructor({ api, settings, tcp, count }: TlsViewPartOptions) {
    this.#settings = settings;
    this.#tcp = tcp;
    this.#count = count;
    api.add({ method: 'GET', path: '/v1/tls', right: 'read', handler: () => this.#answer() });
  }

  reload({ settings, tcp }: Reload): void {
    this.#settings = settings;
    this.#tcp = tcp;
    this.#certificates = null;
  }

  /** For `/metrics`. */
  certificates(): readonly { use: string; name: string; notAfter: number }[] {
    return this.#shown().map((shown) => ({
      use: shown.use,
      name: namesOf(shown)[0] ?? '',
      notAfter: shown.certificate.validToDate.getTime(),
    }));
  }

  #shown(): readonly ShownCertificate[] {
    const { frontTls, backendTls } = this.#settings;
    const own = backendTls.certChain;
    this.#certificates ??= [
      ...(frontTls?.certificates ?? []).map(({ certChain }) => shownCertificate('http', certChain)),
      ...(this.#tcp?.frontTls ?? []).map(({ certChain }) => shownCertificate('tcp', certChain)),
      ...(own === '' ? [] : [shownCertificate('backends', own)]),
    ];
    return this.#certificates;
  }

  #answer(): Answer {
    const now = systemTime();
    const count = this.#count;
    const [all, resumed, newest] = [
      count('tls_handshakes'),
      count('tls_handshakes_resumed'),
      count('tls_handshakes_1_3'),
    ];
    return ok({
      certificates: this.#shown().map((shown) => certificateJson(shown, now)),
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
