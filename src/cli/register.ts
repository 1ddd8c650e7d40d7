import type { AgentEvent } from '../agent/agent-event.ts';
import { BusChannel } from '../agent/bus-channel.ts';
import { Engine } from '../agent/engine.ts';
import { MONOTONIC } from '../agent/monotonic-clock.ts';
import { probeTcp } from '../agent/probe-tcp.ts';
import { registrationRoute } from '../agent/registration-route.ts';
import { announcedAs } from '../agent/route/announcement.ts';
import { Pace } from '../agent/route/pace.ts';
import { FixedSource } from '../agent/route-source.ts';
import { checksWith } from '../agent/run-check.ts';
import { type BusAccess, busAccess, UnusableFile } from '../agent/server-settings.ts';
import { guarded, inBackground } from '../boundary/boundary.ts';
import { ONE_MESSAGE, ONE_ROUND } from '../boundary/owner.ts';
import type { BusClient } from '../bus/client.ts';
import { BusUnreachable, connectBus } from '../bus/connect-bus.ts';
import type { AnnouncedTimes } from '../bus/registration.ts';
import { SILENT } from '../telemetry/silent-log.ts';
import type { BusAddress } from './bus-url.ts';
import type { RegisterCommand } from './register-arguments.ts';

/** Where the lines for the operator go. */
export interface LineOutput {
  out(line: string): void;
  error(line: string): void;
}

const LISTEN_TIMEOUT_MS = 1_000;
/** One message may be lost. */
const UNREGISTRATIONS = 5;

/**
 * Announces the routes until `stop`, then takes them back.
 * @returns the exit code: 0 when the bus heard of both.
 */
export async function register(
  command: RegisterCommand,
  stop: AbortSignal,
  output: LineOutput,
): Promise<number> {
  const ended = Promise.withResolvers<void>();
  let bus: BusClient;
  try {
    bus = await dial(command, () => ended.resolve());
  } catch (error) {
    if (!(error instanceof BusUnreachable || error instanceof UnusableFile)) throw error;
    output.error(error instanceof UnusableFile ? error.message : unreachable(command.bus, error));
    return 1;
  }
  stop.addEventListener(
    'abort',
    guarded(ONE_MESSAGE, () => ended.resolve()),
  );
  if (stop.aborted) ended.resolve();
  const { interval, registration, check } = command;
  const route = registrationRoute(registration, check, interval === null ? null : interval * 1000);
  const routes = announcedAs(route.announcement);
  const channel = new BusChannel();
  const pace = new Pace();
  const engine = new Engine({
    channels: { bus: channel, 'routing-api': null },
    check: checksWith(SILENT),
    clock: MONOTONIC,
    random: Math.random,
    pace,
    unregistrationLimit: UNREGISTRATIONS,
    tell: (event) => tell(event, routes, command.bus, output),
  });
  const sayPace = (): void => {
    const kept = pace.of(interval);
    if (kept < pace.asked(interval)) {
      output.error(
        `every ${pace.asked(interval)} s is too seldom: the router forgets routes after ${pace.forgets} s`,
      );
    }
    output.out(`heartbeat every ${kept} s`);
    engine.repace();
  };
  const hear = (times: AnnouncedTimes): void => {
    const before = pace.of(interval);
    pace.hear(times);
    if (pace.of(interval) !== before) sayPace();
  };
  channel.attend(bus, {
    onGreeted: (times) => {
      if (times !== null) pace.adopt(times);
      sayPace();
    },
    onHeard: hear,
    onStarted: (times) => {
      hear(times);
      engine.answer('bus');
    },
    onLost: () => output.error('lost the bus, trying to reach it again'),
    onBack: () => {
      output.out('reached the bus again');
      engine.answer('bus');
    },
  });
  engine.follow(new FixedSource('command line', [route]));
  if (check === null) inBackground(ONE_ROUND, warnUnlessListening(command, stop, output));
  await ended.promise;
  const unregistered = await engine.stop('unregister');
  await bus.close();
  if (unregistered) output.out(`unregistered ${routes}`);
  else output.error('stopped without unregistering, the bus is gone: the routes last until they are stale');
  return unregistered ? 0 : 1;
}

function dial({ bus, busTls }: RegisterCommand, onClosed: () => void): Promise<BusClient> {
  const colon = bus.address.lastIndexOf(':');
  const [host, port] = [bus.address.slice(0, colon), Number(bus.address.slice(colon + 1))];
  const access: BusAccess = busAccess([{ host, port, user: bus.user, password: bus.pass }], busTls, {
    ca: '--bus-ca',
    cert: '--bus-cert',
    key: '--bus-key',
  });
  return connectBus({
    servers: access.servers,
    user: access.user,
    pass: access.pass,
    ...(access.tls !== null && { tls: access.tls }),
    attempts: 1,
    attemptInterval: 0,
    pingInterval: 20_000,
    log: SILENT,
    onClosed,
  });
}

function tell(event: AgentEvent, routes: string, bus: BusAddress, output: LineOutput): void {
  if (event.kind === 'registered') output.out(`registered ${routes} on the bus at ${bus.address}`);
  else if (event.kind === 'healthy') output.out('the check passes');
  else if (event.kind === 'unhealthy') {
    output.error(`the check fails (${event.reason}): unregistered until it passes`);
  }
}

/** It may still be starting, so this is no reason to stop. */
async function warnUnlessListening(
  { registration: { host, port, tlsPort } }: RegisterCommand,
  signal: AbortSignal,
  output: LineOutput,
): Promise<void> {
  const target = { host, port: tlsPort ?? port };
  const result = await probeTcp(target, LISTEN_TIMEOUT_MS, signal);
  if (result.ok || result.reason !== 'ECONNREFUSED') return;
  output.error(`nothing listens on port ${target.port} of ${host}: requests fail until something does`);
}

function unreachable({ address }: BusAddress, { cause }: BusUnreachable): string {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  if (error.name === 'AuthorizationError') {
    return `the bus at ${address} wants another user name and password: give them with --bus nats://USER:PASS@HOST:PORT`;
  }
  return `cannot reach the bus at ${address} (${error.message}): start a router with "cellgate", or name another bus with --bus nats://HOST:PORT`;
}
