import { performance } from 'node:perf_hooks';
import type { AdminApi } from '../../admin/api.ts';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';
import { isOver } from '../../cutover/advance.ts';
import type { DecisionStore } from '../../decisions/decision-store.ts';
import type { Registry } from '../../registry/registry.ts';
import { Inquiry } from '../../roll-call/inquiry.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { systemTime } from '../../time/wall-clock.ts';
import type { BackendTlsSettings } from '../../tls/connection/backend-trust.ts';
import type { ArmLedger } from '../cutover/arm-ledger.ts';
import {
  type ArmReport,
  type AskedArms,
  readAskedArms,
  readReport,
  reportJson,
} from '../cutover/arm-report.ts';
import { cutoverRoutes } from '../cutover/cutover-routes.ts';
import { Cutovers } from '../cutover/cutovers.ts';
import { type AskedProbe, readAskedProbe } from '../cutover/probe.ts';
import { Prober, splitOf } from '../cutover/prober.ts';
import { readSplitRoute } from '../splits/split-route.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { BusPart } from './bus.ts';
import type { Part, Reload } from './part.ts';
import type { SplitsPart } from './splits.ts';

/** Milliseconds between two looks at cutovers in which somebody is waited for; others are looked at every fourth time. */
const ROUND_MS = 250;
const ROUNDS_OF_ALL = 4;
/** What routers have to say what they know of arms. */
const PATIENCE_MS = 800;
/** What is waited for routers that ask an arm. */
const PROBE_PATIENCE_MS = 40_000;
/** Bytes of an answer. */
const LONGEST_REPORT = 256 * 1024;
const LONGEST_FINDING = 4096;

export interface CutoversPartOptions {
  /** Of this router, as in the roll-call. */
  readonly id: string;
  readonly bus: BusPart;
  readonly registry: Registry;
  /** Null: no TCP router. */
  readonly tcp: TcpRoutes | null;
  readonly splits: SplitsPart;
  readonly ledger: ArmLedger;
  readonly api: AdminApi;
  /** With backends. */
  readonly tls: BackendTlsSettings;
  /** All that the roll-call knows, this one among them. */
  routers(): readonly string[];
  gorouters(): readonly string[];
  hasLeft(id: string): boolean;
  /** Null before its start. */
  store(): DecisionStore | null;
  readonly log: ComponentLog;
}

/** Cutovers of all routes: what this router drives, and what it says to those who drive others. */
export class CutoversPart implements Part {
  readonly name = 'cutovers';
  readonly #options: CutoversPartOptions;
  readonly #cutovers: Cutovers;
  readonly #arms: Inquiry<AskedArms, ArmReport>;
  readonly #probes: Inquiry<AskedProbe, { readonly fault: string | null }>;
  readonly #prober: Prober;
  #rounds = 0;
  #timer: NodeJS.Timeout | undefined;
  #end: (() => void) | null = null;

  constructor(options: CutoversPartOptions) {
    this.#options = options;
    const { id, store, routers, gorouters, hasLeft, log, api, registry, tcp, tls } = options;
    this.#prober = new Prober(registry, tcp, tls);
    this.#arms = new Inquiry({
      id,
      name: 'arms',
      longest: LONGEST_REPORT,
      readQuestion: readAskedArms,
      readAnswer: readReport,
      answer: (asked) => this.#report(asked),
      write: reportJson,
    });
    this.#probes = new Inquiry({
      id,
      name: 'probe',
      longest: LONGEST_FINDING,
      readQuestion: readAskedProbe,
      readAnswer: ({ fault }) => (fault === null || typeof fault === 'string' ? { fault } : null),
      answer: async (asked) => ({ fault: await this.#prober.probe(asked) }),
    });
    const now = () => Math.floor(systemTime());
    this.#cutovers = new Cutovers({
      id,
      store,
      routers,
      gorouters,
      hasLeft,
      askArms: (asked, awaited) => this.#arms.ask(asked, PATIENCE_MS, awaited),
      probe: (asked, awaited) => this.#probeByAll(asked, awaited),
      log,
      now,
      monotonic: () => performance.now(),
    });
    api.add(...cutoverRoutes({ cutovers: this.#cutovers, routers, now }));
  }

  /** See `Cutovers`. */
  busy(route: string): string | null {
    return this.#cutovers.memory.busy(route);
  }

  /** Of each route the last one. */
  all(): readonly {
    readonly route: string;
    readonly phase: string;
    readonly over: boolean;
    readonly since: number;
  }[] {
    return this.#cutovers.memory.all().map(({ record: { route, course } }) => ({
      route,
      phase: course.phase.name,
      over: isOver(course.phase),
      since: course.phase.since,
    }));
  }

  start(): void {
    const { bus, store } = this.#options;
    bus.whenFound((client) => {
      this.#arms.connect(client);
      this.#probes.connect(client);
    });
    this.#end = store()?.watch((entry) => this.#cutovers.memory.heed(entry)) ?? null;
    this.#timer = every(ROUND_MS, ONE_ROUND, () => {
      const all = ++this.#rounds % ROUNDS_OF_ALL === 0;
      inBackground(ONE_ROUND, this.#cutovers.round(all));
    });
  }

  reload({ settings }: Reload): void {
    this.#prober.reload(settings.backendTls);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#end?.();
    this.#arms.stop();
    this.#probes.stop();
  }

  #report({ route, selectors }: AskedArms): ArmReport {
    const { splits, ledger } = this.#options;
    const split = splitOf(route, selectors);
    const named = readSplitRoute(route);
    const known = split === null || named === null ? [] : splits.tables.arms(named, split);
    return {
      revision: splits.revisionOf(route),
      arms: selectors.map((selector, at) => ({
        endpoints: known[at]?.endpoints ?? 0,
        ...ledger.read(route, selector),
      })),
    };
  }

  async #probeByAll(asked: AskedProbe, awaited: readonly string[]): Promise<string | null> {
    const found = await this.#probes.ask(asked, PROBE_PATIENCE_MS, awaited);
    for (const [id, { fault }] of found) if (fault !== null) return `probed by ${id}: ${fault}`;
    const silent = awaited.filter((id) => !found.has(id));
    return silent.length === 0 ? null : `no word of the probe by ${silent.join(', ')}`;
  }
}
