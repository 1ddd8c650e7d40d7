import { flushCompileCache } from 'node:module';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { Door } from '../../http/connection/client.ts';
import { HttpProxy } from '../../http/http-proxy.ts';
import { StartStopEvents } from '../../http/start-stop-events.ts';
import { EndpointCells } from '../../routing/endpoint-cells.ts';
import { RecordReader } from '../../routing/record-memory.ts';
import { AccessLogFile } from '../../telemetry/access-log.ts';
import { createComponentLog } from '../../telemetry/component-log.ts';
import { ACCESS_LOG_DROPPED, ENVELOPES_DROPPED, ThreadCounters } from '../../telemetry/counters.ts';
import { Meters } from '../../telemetry/meters.ts';
import { Metron } from '../../telemetry/metron.ts';
import { RequestEnvelopes } from '../../telemetry/request-envelopes.ts';
import { severalLogs } from '../../telemetry/several-logs.ts';
import { syslog } from '../../telemetry/syslog.ts';
import { TcpService } from '../tcp/tcp-service.ts';
import { ConnectionLoads } from './connection-loads.ts';
import { cpuProfile } from './cpu-profile.ts';
import { HandOvers } from './hand-overs.ts';
import { HealthCell } from './health-cell.ts';
import { Listener } from './listener.ts';
import { isShort, memoryFigures } from './memory-pressure.ts';
import { RouteInbox } from './route-inbox.ts';
import type { FromProxyThread, ProxyThreadData, ToProxyThread } from './thread-messages.ts';

/** How late a deadline may be noticed. */
const TICK_MS = 100;
const MEMORY_CHECK_MS = 500;
/** How long a stuck disk may hold up the end. */
const LOG_CLOSE_MS = 2000;

const data = workerData as ProxyThreadData;
const control = parentPort!;
const counters = new ThreadCounters(data.shared.counters, data.thread);
const onDropped = (lines: number): void => counters.addBy(ACCESS_LOG_DROPPED, lines);
const accessLog = severalLogs([
  ...(data.accessLogFile === '' ? [] : [new AccessLogFile(data.accessLogFile, onDropped)]),
  ...(data.syslog === null ? [] : [syslog(data.syslog, onDropped)]),
]);
const { loggregator } = data;
const onEnvelopeDropped = (): void => counters.add(ENVELOPES_DROPPED);
const envelopes =
  loggregator === null
    ? null
    : new RequestEnvelopes(new Metron(loggregator.metron, onEnvelopeDropped), onEnvelopeDropped);
const log = createComponentLog(data.log);
const proxy = new HttpProxy({
  settings: data.settings,
  cells: new EndpointCells(data.shared.endpoints, data.thread, data.settings.maxAwaitedPerBackend),
  records: new RecordReader(data.shared.records),
  counters,
  meters: new Meters(data.shared.meters, data.thread, data.meters, loggregator?.values ? envelopes : null),
  accessLog,
  appLog: loggregator?.appLines ? envelopes!.appLog(loggregator.sourceInstance) : null,
  events: startStopEvents(),
  log: log.child('proxy'),
  health: new HealthCell(data.shared.health),
  prune: (failed) => say({ kind: 'endpoint-failed', failed }),
});
const applied = new Int32Array(data.shared.records.applied);
const routes = new RouteInbox(proxy.routes, {
  onApplied: (epoch) => void Atomics.store(applied, data.thread, epoch),
  onDiffers: (epoch) => say({ kind: 'table-differs', epoch }),
});
const loads = new ConnectionLoads(data.shared.connectionLoads);
const handOvers = new HandOvers(data.thread, loads, (socket, entry) => {
  if (typeof entry === 'number') return tcp?.proxy.serve(entry, socket) ?? false;
  proxy.serve(socket, entry);
  return true;
});
const listener = new Listener(
  (socket, door) => handOvers.place(socket, door),
  (code) => proxy.log.error('accept-failed', { error: code }),
);

const tcp =
  data.tcp === null
    ? null
    : new TcpService({ ...data, settings: data.tcp, log: log.child('tcp'), handOvers, say });

setInterval(() => {
  tcp?.tick();
  tick();
  if (proxy.phase === 'draining') drain();
}, TICK_MS);

function startStopEvents(): StartStopEvents | null {
  const wished = loggregator?.events;
  return wished?.server || wished?.client ? new StartStopEvents(wished, envelopes!) : null;
}

/** When thousands run out of time at once, what is read meanwhile has its turn between them. */
function tick(): void {
  if (proxy.tick()) setImmediate(tick);
}

setInterval(() => {
  const short = isShort(memoryFigures());
  if (short && !proxy.admission.memoryIsShort) proxy.log.warn('memory-is-short', { ...memoryFigures() });
  proxy.admission.memoryIsShort = short;
  if (short) proxy.backends.shedIdle();
}, MEMORY_CHECK_MS);

control.on('message', (message: ToProxyThread) => {
  switch (message.kind) {
    case 'routes':
      routes.put(message.batch);
      break;
    case 'tcp-ports':
      tcp?.proxy.apply(message.ports);
      break;
    case 'tcp-settings':
      tcp?.proxy.replaceTls(message.settings);
      break;
    case 'peer':
      handOvers.addPeer(message.thread, message.line);
      break;
    case 'listen':
      // Not with half a table: what is missing would be answered 404.
      void routes.settled().then(() => listen(message.door, message.host, message.port));
      break;
    case 'settings':
      proxy.reload(message.settings);
      log.setLevel(message.level);
      break;
    case 'tell-active-apps':
      say({ kind: 'active-apps', apps: [...(proxy.activeApps ?? [])] });
      proxy.activeApps?.clear();
      break;
    case 'log-level':
      log.setLevel(message.level);
      break;
    case 'profile-cpu':
      cpuProfile(message.milliseconds).then(
        (profile) => say({ kind: 'cpu-profile', profile }),
        () => say({ kind: 'cpu-profile', profile: '' }),
      );
      break;
    case 'tell-varz':
      say({ kind: 'varz', apps: [...(proxy.meters?.appRequests ?? [])], logCounts: log.counts });
      proxy.meters?.appRequests?.clear();
      break;
    case 'close-gently':
      proxy.phase = 'closing';
      break;
    case 'reopen':
      accessLog.reopen();
      tcp?.reopenLog();
      break;
    case 'drain':
      proxy.phase = 'draining';
      listener.close();
      tcp?.proxy.closeListeners();
      sayDraining();
      drain();
      break;
    case 'stop':
      void stop();
      break;
  }
});

function listen(door: Door, host: string, port: number): void {
  listener.listen(door, host, port).then(
    (actual) => {
      flushCompileCache();
      say({ kind: 'listening', port: actual });
    },
    (error: NodeJS.ErrnoException) =>
      say({ kind: 'listen-failed', code: error.code ?? '', message: error.message }),
  );
}

function sayDraining(): void {
  let idle = 0;
  for (const downstream of proxy.downstreams) if (downstream.isIdle) idle++;
  const active = proxy.downstreams.size - idle + (tcp?.proxy.relays.size ?? 0);
  say({ kind: 'draining', active, idle });
}

/** Again and again: a response that had begun before ends on a connection that is then idle. */
function drain(): void {
  for (const downstream of proxy.downstreams) downstream.drain();
  if (proxy.downstreams.size === 0 && (tcp === null || tcp.proxy.relays.size === 0)) say({ kind: 'drained' });
}

async function stop(): Promise<void> {
  listener.close();
  for (const downstream of proxy.downstreams) downstream.destroy();
  proxy.backends.retireAll();
  // Connections write their last access-log line when they close, which is after this turn.
  await nextTurn();
  await Promise.race([Promise.all([accessLog.close(), tcp?.stop()]), delay(LOG_CLOSE_MS)]);
  // A line on its way to the system would end with the thread.
  await log.settle();
  proxy.log.flush();
  process.exit(0);
}

function say(message: FromProxyThread): void {
  control.postMessage(message);
}
