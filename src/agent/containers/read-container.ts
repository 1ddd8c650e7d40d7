import type { Container, ContainerHealth, ContainerNetwork, PublishedPort } from './container.ts';
import { SIGTERM, signalNumber } from './signal-number.ts';

type Json = Readonly<Record<string, unknown>>;

/** The answer to an inspection by Docker's API, or Podman's form of it; a sentence when it is none. */
export function readContainer(answer: unknown): Container | string {
  const document = object(answer);
  const state = object(document['State']);
  const config = object(document['Config']);
  const settings = object(document['NetworkSettings']);
  const id = text(document['Id']);
  const status = text(state['Status']);
  const startedAt = readTime(text(state['StartedAt']));
  if (!isContainerId(id)) return `found ${shown(document['Id'])} as its Id, allowed: hexadecimal digits`;
  if (status === '') return 'found no State.Status, allowed: a word like running';
  if (startedAt === null) return `found ${shown(state['StartedAt'])} as its State.StartedAt, allowed: a time`;
  return {
    id,
    name: text(document['Name']).replace(/^\//, '') || id.slice(0, 12),
    startedAt,
    pid: whole(state['Pid']),
    status,
    health: readHealth(object(state['Health'])['Status']),
    stopSignal: signalNumber(text(config['StopSignal'])) ?? SIGTERM,
    labels: texts(config['Labels']),
    networkMode: text(object(document['HostConfig'])['NetworkMode']),
    networks: readNetworks(settings),
    exposed: Object.keys(object(config['ExposedPorts'])).flatMap((port) => tcpPort(port) ?? []),
    published: Object.entries(object(settings['Ports'])).flatMap(([port, bindings]) =>
      readBindings(tcpPort(port), bindings),
    ),
  };
}

export function isContainerId(id: string): boolean {
  return /^[0-9a-f]{12,128}$/.test(id);
}

/** RFC 3339 with any number of digits behind the second. Milliseconds, with a fraction; null: it is none. */
function readTime(written: string): number | null {
  const [, second, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,12})?(Z|[+-]\d\d:\d\d)$/.exec(written) ?? [];
  if (second === undefined || zone === undefined) return null;
  const milliseconds = Date.parse(`${second}${zone}`);
  return Number.isNaN(milliseconds) ? null : milliseconds + Number(`0${fraction}`) * 1000;
}

/** Podman describes the health of a container without a check, too, with nothing in it. */
function readHealth(status: unknown): ContainerHealth {
  if (status === undefined || status === null || status === '' || status === 'none') return 'none';
  if (status === 'healthy' || status === 'unhealthy') return status;
  return 'starting';
}

function readNetworks(settings: Json): ContainerNetwork[] {
  return Object.entries(object(settings['Networks']))
    .map(([name, network]) => {
      const { IPAddress, GlobalIPv6Address } = object(network);
      return { name, address: text(IPAddress) || text(GlobalIPv6Address) };
    })
    .filter(({ address }) => address !== '')
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function readBindings(port: number | null, bindings: unknown): PublishedPort[] {
  if (port === null || !Array.isArray(bindings)) return [];
  return bindings.flatMap((binding) => {
    const { HostIp, HostPort } = object(binding);
    const hostPort = Number(HostPort);
    if (!Number.isInteger(hostPort) || hostPort < 1 || hostPort > 65_535) return [];
    const address = text(HostIp);
    return [{ port, hostAddress: ['0.0.0.0', '::'].includes(address) ? '' : address, hostPort }];
  });
}

/** Of `8080/tcp`; null: another protocol, or no port. */
function tcpPort(written: string): number | null {
  const port = Number(/^(\d{1,5})\/tcp$/.exec(written)?.[1] ?? 0);
  return port >= 1 && port <= 65_535 ? port : null;
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function whole(value: unknown): number {
  return Number.isInteger(value) && (value as number) > 0 ? (value as number) : 0;
}

function texts(value: unknown): Record<string, string> {
  const entries = Object.entries(object(value)).filter(([, each]) => typeof each === 'string');
  return Object.fromEntries(entries) as Record<string, string>;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100);
}
