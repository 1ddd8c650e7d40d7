import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { guarded, inBackground } from '../boundary/boundary.ts';
import { ONE_MESSAGE, ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import { type AnnouncedTimes, announcedTimes, registrationMessage } from '../bus/registration.ts';
import type { BusAddress } from './bus-url.ts';
import type { RegisterCommand } from './register-arguments.ts';

/** Where the lines for the operator go. */
export interface LineOutput {
  out(line: string): void;
  error(line: string): void;
}

/** What platform agents use when no router answers. Seconds. */
const DEFAULT_INTERVAL = 20;
/** `droplet_stale_threshold` of a router that does not say otherwise. Seconds. */
const DEFAULT_FORGETS = 120;
const GREET_TIMEOUT = 1_000;
const DIAL_TIMEOUT = 5_000;
const FLUSH_TIMEOUT = 2_000;

/**
 * Announces the routes until `stop`, then takes them back.
 * @returns the exit code: 0 when the bus heard of both.
 */
export async function register(
  command: RegisterCommand,
  stop: AbortSignal,
  output: LineOutput,
): Promise<number> {
  let connection: NatsConnection;
  try {
    connection = await dial(command.bus);
  } catch (error) {
    output.error(unreachable(command.bus, error as Error));
    return 1;
  }
  const stopped = Promise.withResolvers<void>();
  stop.addEventListener(
    'abort',
    guarded(ONE_MESSAGE, () => stopped.resolve()),
  );
  if (stop.aborted) stopped.resolve();

  const stopBeating = beat(command, connection, output);
  await Promise.race([stopped.promise, connection.closed()]);
  stopBeating();
  const unregistered = await unregister(command, connection);
  await connection.close();
  if (unregistered) output.out(`unregistered ${routes(command)}`);
  else output.error('stopped without unregistering, the bus is gone: the routes last until they are stale');
  return unregistered ? 0 : 1;
}

function dial({ address, user, pass }: BusAddress): Promise<NatsConnection> {
  return connect({
    servers: address,
    ...(user !== '' && { user, pass }),
    name: 'cellgate register',
    tls: null,
    timeout: DIAL_TIMEOUT,
    waitOnFirstConnect: false,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 2_000,
    ignoreAuthErrorAbort: true,
    pingInterval: 20_000,
    maxPingOut: 2,
  });
}

/** Registers at once, on every heartbeat, and whenever a router or the bus comes up; returns how to stop that. */
function beat(command: RegisterCommand, connection: NatsConnection, output: LineOutput): () => void {
  const message = registrationMessage(command.registration);
  let state: 'beating' | 'stopped' = 'beating';
  let wanted = command.interval ?? DEFAULT_INTERVAL;
  let forgets = DEFAULT_FORGETS;
  let interval = wanted;
  let timer: NodeJS.Timeout | undefined;

  const publish = (): void => {
    if (state === 'stopped' || connection.isClosed()) return;
    arm();
    connection.publish('router.register', message);
  };
  const arm = (): void => {
    clearTimeout(timer);
    timer = after(interval * 1000, ONE_ROUND, publish);
  };
  /** One heartbeat may be lost and the route still lives. */
  const adopt = (): void => {
    if (state === 'stopped') return;
    interval = Math.max(Math.min(wanted, forgets / 2), 1);
    if (interval < wanted) {
      output.error(`every ${wanted} s is too seldom: the router forgets routes after ${forgets} s`);
    }
    output.out(`heartbeat every ${interval} s`);
    arm();
  };
  /** The shortest times count, where there are several routers. */
  const hear = (announced: AnnouncedTimes): boolean => {
    const shorter = command.interval === null && announced.interval !== null && announced.interval < wanted;
    if (shorter) wanted = announced.interval;
    const sooner = announced.forgets !== null && announced.forgets < forgets;
    if (sooner) forgets = announced.forgets;
    return shorter || (sooner && wanted > forgets / 2);
  };

  const onStart = guarded(ONE_MESSAGE, (error: Error | null, start: Msg) => {
    if (error !== null) return;
    if (hear(announcedTimes(start.string()))) adopt();
    publish();
  });
  connection.subscribe('router.start', { callback: onStart });
  inBackground(ONE_ROUND, watch(connection, output, guarded(ONE_ROUND, publish)));
  publish();
  output.out(`registered ${routes(command)} on the bus at ${command.bus.address}`);
  const greeted = async (): Promise<void> => {
    const announced = await greet(connection);
    // Of the first router that answers, also what is longer than is taken for granted.
    forgets = announced.forgets ?? forgets;
    wanted = command.interval ?? announced.interval ?? wanted;
    adopt();
  };
  inBackground(ONE_ROUND, greeted());
  return () => {
    state = 'stopped';
    clearTimeout(timer);
  };
}

function routes({ registration: { uris, host, port } }: RegisterCommand): string {
  return `${uris.join(', ')} for ${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function watch(connection: NatsConnection, output: LineOutput, reconnected: () => void): Promise<void> {
  let connected = true;
  for await (const { type } of connection.status()) {
    if (type === 'disconnect' && connected) {
      connected = false;
      output.error('lost the bus, trying to reach it again');
    } else if (type === 'reconnect' && !connected) {
      connected = true;
      output.out('reached the bus again');
      reconnected();
    }
  }
}

/** What a router asks for; nothing when none answers. */
async function greet(connection: NatsConnection): Promise<AnnouncedTimes> {
  try {
    const answer = await connection.request('router.greet', '', { timeout: GREET_TIMEOUT });
    return announcedTimes(answer.string());
  } catch {
    return { interval: null, forgets: null };
  }
}

async function unregister({ registration }: RegisterCommand, connection: NatsConnection): Promise<boolean> {
  if (connection.isClosed()) return false;
  const timeout = new AbortController();
  try {
    connection.publish('router.unregister', registrationMessage(registration));
    return await Promise.race([flushed(connection), delay(FLUSH_TIMEOUT, false, { signal: timeout.signal })]);
  } catch {
    return false;
  } finally {
    timeout.abort();
  }
}

async function flushed(connection: NatsConnection): Promise<true> {
  await connection.flush();
  return true;
}

function unreachable({ address }: BusAddress, error: Error): string {
  if (error.name === 'AuthorizationError') {
    return `the bus at ${address} wants another user name and password: give them with --bus nats://USER:PASS@HOST:PORT`;
  }
  return `cannot reach the bus at ${address} (${error.message}): start a router with "cellgate", or name another bus with --bus nats://HOST:PORT`;
}
