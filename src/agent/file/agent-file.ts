import type { AgentRoute } from '../route/agent-route.ts';
import { readDocument } from './document.ts';
import { FaultTree } from './fault-tree.ts';
import { Fields } from './fields.ts';
import { type RouteDefaults, readRoute } from './route-entry.ts';
import {
  type BusServerEntry,
  type BusTlsEntry,
  type RoutingApiEntry,
  readBusServers,
  readBusTls,
  readRoutingApi,
} from './server-entries.ts';

/** What an agent is told by its file: route-registrar's, and what stands under `cellgate` in its routes. */
export interface AgentConfig {
  readonly busServers: readonly BusServerEntry[];
  readonly busTls: BusTlsEntry | null;
  /** Null: there is none; a TCP route that comes in later is refused. */
  readonly routingApi: RoutingApiEntry | null;
  readonly routes: readonly AgentRoute[];
  readonly globs: readonly string[];
  /** So many messages in a row unregister a route at most, from 1. */
  readonly unregistrationLimit: number;
  readonly defaults: RouteDefaults;
}

export type AgentFile =
  | { readonly ok: true; readonly config: AgentConfig; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly error: string };

const DEFAULT_LIMIT = 5;

/** @param instanceId of this process */
export async function readAgentFile(text: string, instanceId: string): Promise<AgentFile> {
  const document = await readDocument(text);
  if (!document.ok) return document;
  const faults = new FaultTree('config');
  const warnings: string[] = [];
  const fields = new Fields(document.value ?? {}, '', { faults, warnings });
  const limit = fields.raw('unregistration_message_limit') ?? DEFAULT_LIMIT;
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit <= 0) {
    faults.add('unregistration_message_limit must be a positive integer');
  }
  const defaults: RouteDefaults = {
    host: fields.text('host'),
    availabilityZone: fields.text('availability_zone'),
    instanceId,
  };
  const routes = fields.list('routes').flatMap((entry, index) => {
    const read = readRoute(entry, index, `routes[${index}]`, defaults);
    if (!read.ok) {
      faults.add(read.faults);
      return [];
    }
    warnings.push(...read.warnings);
    return [read.route];
  });
  const globs = fields.texts('dynamic_config_globs');
  const busServers = readServers(fields, faults);
  const isOnBus = routes.some(({ announcement }) => announcement.kind === 'bus');
  const isWithApi = routes.some(({ announcement }) => announcement.kind === 'routing-api');
  if (busServers.length === 0 && isOnBus) faults.add('message_bus_servers must have at least one entry');
  const api = readRoutingApi(fields.object('routing_api'));
  if (typeof api === 'string' && isWithApi) faults.add(api);
  const busTls = readBusTls(fields.object('nats_mtls_config'), faults);
  fields.warnOfUnknown();
  if (faults.count > 0) return { ok: false, error: faults.toString() };
  if (new Set(busServers.map(({ user, password }) => `${user}\n${password}`)).size > 1) {
    warnings.push('message_bus_servers: user and password of the first are used for all');
  }
  const config = {
    busServers,
    busTls,
    routingApi: typeof api === 'string' ? null : api,
    routes,
    globs,
    unregistrationLimit: limit as number,
    defaults,
  };
  return { ok: true, config, warnings };
}

function readServers(fields: Fields, faults: FaultTree): readonly BusServerEntry[] {
  const entries = fields.list('message_bus_servers');
  const servers = entries.map(
    (entry, index) => new Fields(entry, `message_bus_servers[${index}]`, fields.findings),
  );
  return readBusServers(servers, faults);
}
