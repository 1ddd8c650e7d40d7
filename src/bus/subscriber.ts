import type { TcpRegistration } from '../tcp/table/route.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { Bus } from './bus.ts';
import { IgnoredTcpRoutes } from './ignored-tcp-routes.ts';
import { decodeRouteMessage, type RouteMessage } from './route-message.ts';
import { decodeTcpRouteMessage, mayBeTcpRoute } from './tcp-route-message.ts';

/** Where decoded messages go: the registry. */
interface RouteSink {
  digestOf(payload: Uint8Array): string;
  /** Whether there is nothing more to do about a register message with this digest. */
  refresh(digest: string): boolean;
  /** `digest`: by which it is to be known again. */
  register(message: RouteMessage, digest?: string): void;
  unregister(message: RouteMessage): void;
}

interface TcpRouteSink {
  register(registration: TcpRegistration): void;
  unregister(registration: TcpRegistration): void;
}

export interface SubscriberOptions {
  readonly bus: Bus;
  readonly routes: RouteSink;
  /** Missing without a TCP router: its messages are none of ours then, and the log says so. */
  readonly tcpRoutes?: TcpRouteSink | null;
  /** See `startMessage`. */
  readonly startMessage: Uint8Array;
  /** `enable_http2`: off, registrations for `http2` count as `http1`. */
  readonly http2: boolean;
  readonly log: ComponentLog;
  readonly counters: {
    /** One message that was refused as a whole or in part. */
    badMessage(): void;
  };
  /** Told of each of those. `error`: see `messagePlace`. */
  onRefused?(subject: string, error: string, payload: Uint8Array): void;
}

/** Bytes. */
const LOGGED_PAYLOAD = 512;
const LOGGED_PROBLEMS = 3;

/** Lets the bus fill the table; resolves when the subscriptions are active (docs/compatibility.md §1.2). */
export async function subscribeRoutes(options: SubscriberOptions): Promise<void> {
  const { bus, startMessage, log } = options;
  log.info('subscriber-starting');
  const ignored = new IgnoredTcpRoutes(log);
  const announce = () => bus.publish('router.start', startMessage);
  announce();
  bus.onReconnect(announce);
  bus.subscribe('router.greet', (_subject, _payload, reply) => {
    if (reply !== '') bus.publish(reply, startMessage);
  });
  bus.subscribe('router.*', (subject, payload) => {
    if (subject === 'router.register') apply(options, ignored, 'register', subject, payload);
    else if (subject === 'router.unregister') apply(options, ignored, 'unregister', subject, payload);
  });
  await bus.flush();
  log.info('subscriber-started');
}

function apply(
  options: SubscriberOptions,
  ignored: IgnoredTcpRoutes,
  verb: 'register' | 'unregister',
  subject: string,
  payload: Uint8Array,
): void {
  const digest = verb === 'register' ? options.routes.digestOf(payload) : '';
  if (verb === 'register' && options.routes.refresh(digest)) return;
  if (mayBeTcpRoute(payload)) {
    if (options.tcpRoutes) applyTcp(options, options.tcpRoutes, verb, subject, payload);
    else if (verb === 'register') ignored.note(payload);
    return;
  }
  const decoded = decodeRouteMessage(payload, options);
  const error = decoded.ok ? summary(decoded.problems) : decoded.error;
  if (error !== '') {
    options.counters.badMessage();
    const level = decoded.ok ? 'warn' : 'error';
    options.log[level]('validation-error', { error, subject, payload: excerpt(payload) });
    const [first = error] = decoded.ok ? decoded.problems : [];
    options.onRefused?.(subject, first, payload);
  }
  if (!decoded.ok) return;
  if (verb === 'unregister') options.routes.unregister(decoded.message);
  // A message with faults in it is to be complained of every time.
  else if (error === '') options.routes.register(decoded.message, digest);
  else options.routes.register(decoded.message);
}

function applyTcp(
  options: SubscriberOptions,
  routes: TcpRouteSink,
  verb: 'register' | 'unregister',
  subject: string,
  payload: Uint8Array,
): void {
  const decoded = decodeTcpRouteMessage(payload);
  if (decoded.ok) {
    routes[verb](decoded.registration);
    return;
  }
  options.counters.badMessage();
  options.log.error('validation-error', { error: decoded.error, subject, payload: excerpt(payload) });
  options.onRefused?.(subject, decoded.error, payload);
}

function summary(problems: readonly string[]): string {
  const shown = problems.slice(0, LOGGED_PROBLEMS).join('; ');
  const more = problems.length - LOGGED_PROBLEMS;
  return more > 0 ? `${shown}; and ${more} more` : shown;
}

function excerpt(payload: Uint8Array): string {
  return new TextDecoder().decode(payload.subarray(0, LOGGED_PAYLOAD));
}
