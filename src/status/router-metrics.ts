import { Counter, Gauge, type Registry } from 'prom-client';

/** How late turns of a thread's loop came that were due, over the last minute. Milliseconds. */
interface LoopDelay {
  readonly thread: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** A certificate that is shown to somebody. */
interface ShownCertificate {
  /** To whom. */
  readonly use: string;
  /** The first of its names. */
  readonly name: string;
  /** Unix milliseconds. */
  readonly notAfter: number;
}

/** What became of the configuration that was read last. */
interface ReloadOutcome {
  readonly succeeded: boolean;
  /** Unix milliseconds. */
  readonly at: number;
}

/** What alerts are about beside traffic and table. */
export interface RouterSource {
  readonly version: string;
  /** Requests that have ended, by what they came to. */
  outcomes(): Readonly<Record<string, number>>;
  certificates(): readonly ShownCertificate[];
  lastReload(): ReloadOutcome;
  /** Of threads that answer. */
  loopDelays(): Promise<readonly LoopDelay[]>;
}

export function exposeRouter(exposition: Registry, source: RouterSource): void {
  const registers = [exposition];
  new Gauge({
    name: 'cellgate_build_info',
    help: 'Always 1: which version runs, and on which Node',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version: source.version, node: process.versions.node }, 1);
  new Counter({
    name: 'cellgate_http_requests_total',
    help: 'Requests that have ended, by what they came to',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(source.outcomes())) this.inc({ outcome }, count);
    },
  });
  new Gauge({
    name: 'cellgate_event_loop_delay_seconds',
    help: 'How late turns of a proxy thread came, over the last minute; quantile 1 is the worst',
    labelNames: ['thread', 'quantile'],
    registers,
    async collect() {
      const delays = await source.loopDelays();
      this.reset();
      for (const { thread, p50, p99, max } of delays) {
        this.set({ thread, quantile: '0.5' }, p50 / 1000);
        this.set({ thread, quantile: '0.99' }, p99 / 1000);
        this.set({ thread, quantile: '1' }, max / 1000);
      }
    },
  });
  exposeFiles(exposition, source);
}

/** What follows from files that operators write. */
function exposeFiles(exposition: Registry, source: Pick<RouterSource, 'certificates' | 'lastReload'>): void {
  const registers = [exposition];
  new Gauge({
    name: 'cellgate_tls_certificate_expiry_timestamp_seconds',
    help: 'When a certificate ends that the router shows',
    labelNames: ['use', 'name'],
    registers,
    collect() {
      this.reset();
      for (const { use, name, notAfter } of source.certificates()) this.set({ use, name }, notAfter / 1000);
    },
  });
  new Gauge({
    name: 'cellgate_config_last_reload_success',
    help: '1 while the configuration that was read last is the one that is used',
    registers,
    collect() {
      this.set(source.lastReload().succeeded ? 1 : 0);
    },
  });
  new Gauge({
    name: 'cellgate_config_last_reload_timestamp_seconds',
    help: 'When the configuration was read last',
    registers,
    collect() {
      this.set(source.lastReload().at / 1000);
    },
  });
}
