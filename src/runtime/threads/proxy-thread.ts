import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { contain, inBackground, onPanic, type Panic } from '../../boundary/boundary.ts';
import { on } from '../../boundary/events.ts';
import { catchTheRest } from '../../boundary/last-net.ts';
import { ONE_MESSAGE, ONE_ROUND, type Owner } from '../../boundary/owner.ts';
import { keepSystemErrorsShort } from '../../boundary/system-errors.ts';
import { every, soon } from '../../boundary/timers.ts';
import { StartStopEvents } from '../../http/account/start-stop-events.ts';
import type { Explanation } from '../../http/explain/explanation.ts';
import { HttpProxy } from '../../http/proxy/http-proxy.ts';
import { EndpointCells } from '../../routing/endpoint-cells.ts';
import { RecordReader } from '../../routing/record-memory.ts';
import { AccessLogFile } from '../../telemetry/access-log.ts';
import { createComponentLog } from '../../telemetry/component-log.ts';
import { ACCESS_LOG_DROPPED, ENVELOPES_DROPPED, ThreadCounters } from '../../telemetry/counters.ts';
import { EnvelopePost } from '../../telemetry/envelope-post.ts';
import { Meters } from '../../telemetry/meters.ts';
import { RequestCells } from '../../telemetry/request-cells.ts';
import { RequestEnvelopes } from '../../telemetry/request-envelopes.ts';
import { severalLogs } from '../../telemetry/several-logs.ts';
import { SyslogDatagrams } from '../../telemetry/syslog-datagrams.ts';
import { SyslogRelay } from '../../telemetry/syslog-relay.ts';
import { Cadence } from '../../time/cadence.ts';
import { TcpService } from '../tcp/tcp-service.ts';
import { ConnectionLoads } from './connection-loads.ts';
import { cpuProfile } from './cpu-profile.ts';
import { Departure } from './departure.ts';
import { EnvelopeCourier } from './envelope-courier.ts';
import { giveBackMemory } from './give-back.ts';
import { HandOvers } from './hand-overs.ts';
import { HealthCell } from './health-cell.ts';
import { Listener } from './listener.ts';
import { LoadMeter } from './load-meter.ts';
import { isShort, memoryFigures } from './memory-pressure.ts';
import { notePanic } from './panics.ts';
import { Pulses } from './pulses.ts';
import { RouteInbox } from './route-inbox.ts';
import type { FromProxyThread, ProxyThreadData, ToProxyThread } from './thread-messages.ts';
import { ThreadView } from './thread-view.ts';

/** How late a deadline may be noticed. */
const TICK_MS = 100;
/** At ticks, and by no timers of their own: an idle thread is to wake up as seldom as it may. */
const MEMORY_CHECK_MS = 500;
/** How old what is known of arms, seen by taps, and in spans, may be. */
const TELLING_MS = 250;
/** A tick that is a little early will do. */
const EARLY_MS = TICK_MS / 2;

keepSystemErrorsShort();

const data = workerData as ProxyThreadData;
const control = parentPort!;
const { lane } = data;
const counters = new ThreadCounters(data.shared.counters, lane);
const onDropped = (lines: number): void => counters.addBy(ACCESS_LOG_DROPPED, lines);
/** `null`: none, or over UDP, where a thread needs nobody else. */
const syslogRelay = data.syslog?.network.startsWith('tcp')
  ? new SyslogRelay(data.syslog, onDropped, (batch) => say({ kind: 'syslog', batch }))
  : null;
const accessLog = severalLogs([
  ...(data.accessLogFile === '' ? [] : [new AccessLogFile(data.accessLogFile, onDropped)]),
  ...(data.syslog === null ? [] : [syslogRelay ?? new SyslogDatagrams(data.syslog, onDropped)]),
]);
const { loggregator } = data;
const log = createComponentLog(data.log);
const proxyLog = log.child('proxy');
const note = (panic: Panic): void => notePanic(panic, counters, proxyLog);
onPanic(note);
const post = new EnvelopePost((count) => counters.addBy(ENVELOPES_DROPPED, count));
const envelopes = loggregator === null ? null : new RequestEnvelopes(post);
const courier =
  loggregator === null
    ? null
    : new EnvelopeCourier({ address: loggregator.metron, post, lane, onPanic: note });
const proxy = new HttpProxy({
  settings: data.settings,
  cells: new EndpointCells(data.shared.endpoints, lane, data.settings.maxAwaitedPerBackend),
  records: new RecordReader(data.shared.records),
  counters,
  meters: new Meters(data.shared.meters, lane, data.meters, loggregator?.values ? envelopes : null),
  requests: new RequestCells(data.shared.requests, lane),
  accessLog,
  appLog: loggregator?.appLines ? envelopes!.appLog(loggregator.sourceInstance) : null,
  events: startStopEvents(),
  log: proxyLog,
  identity: { router: data.router, thread: lane },
  health: new HealthCell(data.shared.health),
  prune: (failed) => say({ kind: 'endpoint-failed', failed }),
});
proxy.routes.orders.replace(data.orders);
proxy.ledger.taps.replace(data.taps);
proxy.ledger.spans.tell = (spans) => say({ kind: 'spans', spans });
/** What nobody smaller answers for: the thread goes on, until another can take its place. */
const thread: Owner = { kind: 'part', panic: () => say({ kind: 'unsound' }) };
const applied = new Int32Array(data.shared.records.applied);
const routes = new RouteInbox(proxy.routes, {
  onApplied: (epoch) => void Atomics.store(applied, lane, epoch),
  onDiffers: (epoch) => say({ kind: 'table-differs', epoch }),
});
const loads = new ConnectionLoads(data.shared.connectionLoads);
const pulses = new Pulses(data.shared.pulses);
const handOvers = new HandOvers(lane, loads, (socket, entry) => {
  if (typeof entry === 'number') return tcp?.proxy.serve(entry, socket) ?? false;
  proxy.serve(socket, entry);
  return true;
});
const listener = new Listener(
  data.listeningSockets,
  (socket, door) => handOvers.place(socket, door),
  (code) => proxy.log.error('accept-failed', { error: code }),
);

const tcp =
  data.tcp === null
    ? null
    : new TcpService({ ...data, settings: data.tcp, log: log.child('tcp'), handOvers, say });
const view = new ThreadView({ proxy, tcp });
const departure = new Departure({
  lane,
  proxy,
  tcp,
  listener,
  handOvers,
  loads,
  accessLog,
  envelopes: courier,
  log,
  say,
});

const load = new LoadMeter(TICK_MS);
let hasListened = false;
const telling = new Cadence(TELLING_MS - EARLY_MS, performance.now());
const memoryCheck = new Cadence(MEMORY_CHECK_MS - EARLY_MS, performance.now());

every(TICK_MS, ONE_ROUND, () => {
  const now = performance.now();
  pulses.beat(lane);
  load.tick();
  if (tcp !== null) contain(ONE_ROUND, () => tcp.tick());
  contain(ONE_ROUND, tick);
  contain(ONE_ROUND, () => view.tick());
  contain(ONE_ROUND, () => departure.tick());
  if (telling.isDue(now)) contain(ONE_ROUND, tell);
  if (memoryCheck.isDue(now)) contain(ONE_ROUND, checkMemory);
});

function tell(): void {
  const rows = [...proxy.routes.tallies.take(), ...(tcp?.proxy.arms.take() ?? [])];
  if (rows.length > 0) say({ kind: 'arms', rows });
  const tapped = proxy.ledger.taps.take();
  if (tapped.length > 0) say({ kind: 'tapped', tapped });
  proxy.ledger.spans.flush();
}

function startStopEvents(): StartStopEvents | null {
  const wished = loggregator?.events;
  return wished?.server || wished?.client ? new StartStopEvents(wished, envelopes!) : null;
}

/** When thousands run out of time at once, what is read meanwhile has its turn between them. */
function tick(): void {
  if (proxy.tick()) soon(ONE_ROUND, tick);
}

function checkMemory(): void {
  const short = isShort(memoryFigures());
  if (short && !proxy.admission.memoryIsShort) proxy.log.warn('memory-is-short', { ...memoryFigures() });
  proxy.admission.memoryIsShort = short;
  if (short) proxy.backends.shedIdle();
}

on(control, 'message', ONE_MESSAGE, (message: ToProxyThread) => {
  // A thread that may open a port counts as one that serves: it may get stuck before its first tick.
  pulses.beat(lane);
  switch (message.kind) {
    case 'routes':
      routes.put(message.batch);
      break;
    case 'tcp-ports':
      // With a change that is missing, its ports would be wrong for good.
      if (tcp !== null) contain(thread, () => tcp.apply(message.batch));
      break;
    case 'tcp-settings':
      tcp?.proxy.replaceTls(message.settings);
      break;
    case 'peer':
      handOvers.addPeer(message.lane, message.line);
      break;
    case 'peer-leaves':
      handOvers.removePeer(message.lane);
      break;
    case 'listen':
      inBackground(ONE_MESSAGE, listen(message));
      break;
    case 'settings':
      proxy.reload(message.settings);
      break;
    case 'endpoint-orders':
      proxy.routes.orders.replace(message.orders);
      break;
    case 'explain': {
      let explanation: Explanation | null = null;
      contain(ONE_MESSAGE, () => {
        explanation = proxy.explainer.explain(message.asked);
      });
      say({ kind: 'explained', number: message.number, explanation });
      break;
    }
    case 'taps':
      proxy.ledger.taps.replace(message.filters);
      break;
    case 'tell-requests': {
      const { ring } = proxy.ledger;
      const found = message.id === '' ? ring.latest() : [ring.find(message.id)];
      say({ kind: 'requests', number: message.number, records: found.filter((record) => record !== null) });
      break;
    }
    case 'look': {
      let seen: ReturnType<ThreadView['see']> | null = null;
      contain(ONE_MESSAGE, () => {
        seen = view.see(message.look);
      });
      say({ kind: 'seen', number: message.number, thread: lane, seen });
      break;
    }
    case 'tell-traffic':
      say({
        kind: 'traffic',
        number: message.number,
        routes: proxy.ledger.traffic.take(),
        load: load.take(),
      });
      break;
    case 'tell-active-apps':
      say({ kind: 'active-apps', apps: [...(proxy.activeApps ?? [])] });
      proxy.activeApps?.clear();
      break;
    case 'log-level':
      log.setLevel(message.level);
      break;
    case 'profile-cpu':
      inBackground(ONE_MESSAGE, profileCpu(message.milliseconds));
      break;
    case 'tell-varz':
      say({ kind: 'varz', apps: [...(proxy.meters?.appRequests ?? [])], logCounts: log.counts });
      proxy.meters?.appRequests?.clear();
      break;
    case 'close-gently':
      if (!departure.hasBegun) proxy.phase = 'closing';
      break;
    case 'reopen':
      accessLog.reopen();
      tcp?.reopenLog();
      break;
    case 'syslog-taken':
      syslogRelay?.taken(message.characters);
      break;
    case 'spans-taken':
      proxy.ledger.spans.taken(message.count);
      break;
    case 'drain':
      departure.drain();
      break;
    case 'leave':
      departure.leave(message.milliseconds);
      break;
    case 'stop':
      departure.stop();
      break;
  }
});

async function listen({ door, host, port }: Extract<ToProxyThread, { kind: 'listen' }>): Promise<void> {
  try {
    // Not with half a table: what is missing would be answered 404.
    await routes.settled();
    if (departure.hasBegun) throw new Error('this thread goes out of service');
    // Before anybody can connect, and once: there may be another door.
    if (!hasListened) giveBackMemory();
    hasListened = true;
    const actual = await listener.listen(door, host, port);
    flushCompileCache();
    say({ kind: 'listening', port: actual });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    say({ kind: 'listen-failed', code: code ?? '', message });
  }
}

async function profileCpu(milliseconds: number): Promise<void> {
  say({ kind: 'cpu-profile', profile: await cpuProfile(milliseconds).catch(() => '') });
}

function say(message: FromProxyThread): void {
  control.postMessage(message);
}

// Last: what is thrown before is the end of a thread that could not begin.
catchTheRest(thread);
