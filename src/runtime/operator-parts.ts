import type { AdminApi } from '../admin/api.ts';
import type { Overview } from '../admin/overview-route.ts';
import type { Config } from '../config/schema.ts';
import type { HttpSettings } from '../http/settings.ts';
import type { Registry } from '../registry/registry.ts';
import type { TcpSettings } from '../tcp/connection/settings.ts';
import type { RootLog } from '../telemetry/component-log.ts';
import type { CounterName } from '../telemetry/counters.ts';
import { ArmLedger } from './cutover/arm-ledger.ts';
import { AppStatsPart } from './parts/app-stats.ts';
import type { BusPart } from './parts/bus.ts';
import { CutoversPart } from './parts/cutovers.ts';
import { DashboardPart, type DashboardPartOptions } from './parts/dashboard.ts';
import type { DecisionsPart } from './parts/decisions.ts';
import { EndpointOrdersPart } from './parts/endpoint-orders.ts';
import { ExplainPart } from './parts/explain.ts';
import { FiguresPart } from './parts/figures.ts';
import { HistoryPart } from './parts/history.ts';
import type { Part } from './parts/part.ts';
import { RejectedPart } from './parts/rejected.ts';
import { RequestsPart } from './parts/requests.ts';
import type { RollCallPart } from './parts/roll-call.ts';
import { createSeal } from './parts/sealing.ts';
import { ShowPart } from './parts/show.ts';
import type { SnapshotPart } from './parts/snapshot.ts';
import { SplitsPart, type SplitsPartOptions } from './parts/splits.ts';
import { StaticRoutesPart } from './parts/static-routes.ts';
import { TapsPart } from './parts/taps.ts';
import { ThreadViewsPart } from './parts/thread-views.ts';
import { TlsViewPart } from './parts/tls-view.ts';
import type { TcpRoutes } from './tcp/tcp-routes.ts';
import type { ProxyThreads } from './threads/proxy-threads.ts';
import type { SharedMemory } from './threads/shared-memory.ts';

export interface OperatorPartsOptions {
  readonly config: Config;
  /** Of this router in the roll-call. */
  readonly id: string;
  readonly registry: Registry;
  /** Null: no TCP router. */
  readonly tcp: TcpRoutes | null;
  readonly memory: Pick<SharedMemory, 'epochs' | 'tcpEpochs' | 'buffers' | 'connectionLoads'>;
  readonly tableState: DashboardPartOptions['tableState'];
  /** This router in figures. */
  overview(): Overview;
  /** See `SplitsPartOptions`. */
  readonly holds: SplitsPartOptions['holds'];
  readonly bus: BusPart;
  readonly snapshot: SnapshotPart;
  readonly rollCall: RollCallPart;
  readonly decisions: DecisionsPart;
  readonly api: AdminApi;
  readonly threads: Pick<
    ProxyThreads,
    'crew' | 'explain' | 'look' | 'order' | 'requests' | 'tap' | 'traffic'
  >;
  /** The sum over all threads. */
  count(name: CounterName): number;
  /** What they are set to; `tcp`: null, no TCP router. */
  readonly engines: { readonly http: HttpSettings; readonly tcp: TcpSettings | null };
  /** `cellgate.debug_key` as it is now. */
  debugKey(): string;
  readonly log: RootLog;
}

/** What operators decide, and what follows from it: static routes, splits, cutovers, orders about endpoints. */
export class OperatorParts {
  readonly arms = new ArmLedger();
  readonly splits: SplitsPart;
  readonly taps: TapsPart;
  readonly rejected: RejectedPart;
  readonly appStats: AppStatsPart;
  readonly tls: TlsViewPart;
  readonly inOrder: readonly Part[];

  constructor(options: OperatorPartsOptions) {
    const {
      config,
      id,
      registry,
      tcp,
      memory,
      tableState,
      overview,
      holds,
      bus,
      snapshot,
      rollCall,
      decisions,
      api,
      engines,
      count,
      threads,
      log,
    } = options;
    const { arms: ledger } = this;
    const shared = { registry, api, store: () => decisions.store };
    const staticRoutes = new StaticRoutesPart({
      ...shared,
      config,
      tcp,
      snapshot,
      log: log.child('registry'),
    });
    const splits = new SplitsPart({
      ...shared,
      tcp,
      holds,
      epochs: { http: memory.epochs, tcp: memory.tcpEpochs },
      ledger,
      busy: (route) => cutovers.busy(route),
      log: log.child('splits'),
    });
    const cutovers = new CutoversPart({
      ...shared,
      tcp,
      id,
      bus,
      splits,
      ledger,
      tls: engines.http.backendTls,
      routers: () => rollCall.ids(),
      gorouters: () => rollCall.gorouters(),
      hasLeft: (router) => rollCall.hasLeft(router),
      log: log.child('cutovers'),
    });
    const orders = new EndpointOrdersPart({
      ...shared,
      tell: (ordered) => threads.order(ordered),
      log: log.child('endpoints'),
    });
    this.splits = splits;
    const explain = new ExplainPart({
      ...{ id, bus, registry, threads, api },
      routers: () => rollCall.ids(),
      debugKey: () => options.debugKey(),
      deciders: {
        splitBy: (route) => splits.decidedBy(route),
        orderBy: (endpoint, route) => orders.orderedBy(endpoint, route),
      },
    });
    const seal = createSeal(config, log.child('roll-call'));
    const peers = {
      id,
      sealed: seal !== null,
      routers: () => rollCall.ids(),
      gorouters: () => rollCall.gorouters(),
    };
    const requests = new RequestsPart({ api, bus, threads, seal, peers });
    this.taps = new TapsPart({ api, bus, seal, peers, tap: (filters) => threads.tap(filters) });
    const others = () => rollCall.ids().filter((router) => router !== id);
    this.appStats = new AppStatsPart({ config, api, threads, others });
    this.rejected = new RejectedPart({ config, api, threads, others });
    const history = new HistoryPart({ memory, threads, api, wanted: isOpen(config) });
    const figures = new FiguresPart({ id, bus, history, routers: () => rollCall.ids() });
    const show = new ShowPart({ ...shared, traffic: history.routes });
    this.tls = new TlsViewPart({ api, settings: engines.http, tcp: engines.tcp, count });
    const dashboard = new DashboardPart({
      ...{ overview, tableState, api, history },
      ...{ figures, rollCall, cutovers, splits, tls: this.tls },
    });
    this.inOrder = [
      staticRoutes,
      splits,
      cutovers,
      orders,
      explain,
      requests,
      show,
      this.taps,
      this.rejected,
      this.appStats,
      new ThreadViewsPart({ api, threads, count, others }),
      this.tls,
      history,
      figures,
      dashboard,
    ];
  }
}

/** Whether there is an admin address at all. */
function isOpen({ cellgate: { admin } }: Config): boolean {
  return admin.port !== 0 || admin.socket !== '';
}
