import { ContainerSource } from '../agent/docker/container-source.ts';
import { type EngineAddress, parseEngineAddress, usualEngine } from '../agent/docker/engine-address.ts';
import { EngineApi } from '../agent/docker/engine-api.ts';
import type { AgentConfig } from '../agent/file/agent-file.ts';
import type { BusServerEntry } from '../agent/file/server-entries.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { DockerFlags } from './agent-docker-arguments.ts';
import { type BusAddress, parseBusUrl } from './bus-url.ts';
import { CannotStart } from './cannot-start.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const UNREGISTRATIONS = 5;
const LOCAL_BUS = parseBusUrl('nats://127.0.0.1:4222')!;

/** @throws {CannotStart} */
export function containerSource(flags: DockerFlags, env: Environment, log: ComponentLog): ContainerSource {
  const named = flags.engine ?? environmentsEngine(env);
  return new ContainerSource({
    dial: () => new EngineApi(named ?? usualEngine(env)),
    terms: { machine: flags.host, domains: flags.domains },
    log,
  });
}

/** With what the file says of a bus, if there is a file and it says anything. @param file null: there is none */
export function withBus(file: AgentConfig | null, { bus }: DockerFlags): AgentConfig {
  const named = file?.busServers ?? [];
  if (named.length > 0 && bus !== null) {
    throw new CannotStart(
      'both --bus and message_bus_servers of the file say where the bus is: leave out one',
    );
  }
  const busServers = named.length > 0 ? named : [serverOf(bus ?? LOCAL_BUS)];
  const nothing: AgentConfig = {
    busServers,
    busTls: null,
    routingApi: null,
    routes: [],
    globs: [],
    unregistrationLimit: UNREGISTRATIONS,
    defaults: { host: '', availabilityZone: '', instanceId: '' },
  };
  return { ...(file ?? nothing), busServers };
}

function environmentsEngine(env: Environment): EngineAddress | null {
  const named = env['DOCKER_HOST'] ?? '';
  if (named === '') return null;
  const address = parseEngineAddress(named);
  if (address === null) {
    throw new CannotStart(
      // A password before a host is not repeated.
      `DOCKER_HOST: found "${named.replace(/(\/\/[^:@]*):.*@/, '$1@')}", allowed: unix:///PATH or tcp://HOST:PORT; name the socket with --docker-socket`,
    );
  }
  if (address.kind === 'tcp' && (env['DOCKER_TLS_VERIFY'] ?? '') !== '') {
    throw new CannotStart(
      'DOCKER_TLS_VERIFY: engines are not asked over TLS; name a socket with --docker-socket',
    );
  }
  return address;
}

function serverOf({ address, user, pass }: BusAddress): BusServerEntry {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)), user, password: pass };
}
