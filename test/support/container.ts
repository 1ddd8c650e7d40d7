import type { Container } from '../../src/agent/containers/container.ts';

export const ID = 'a'.repeat(64);

/** A running container of its own address, 10.0.0.2, that exposes 8080. */
export function container(
  labels: Readonly<Record<string, string>> = {},
  more: Partial<Container> = {},
): Container {
  return {
    id: ID,
    name: 'shop-1',
    startedAt: 1000,
    pid: 0,
    status: 'running',
    health: 'none',
    stopSignal: 15,
    labels,
    networkMode: 'bridge',
    networks: [{ name: 'bridge', address: '10.0.0.2' }],
    exposed: [8080],
    published: [],
    ...more,
  };
}

/** The same as Docker's API describes it. */
export function inspection(described: Container): object {
  const time = new Date(described.startedAt).toISOString();
  const { health } = described;
  return {
    Id: described.id,
    Name: `/${described.name}`,
    State: {
      Status: described.status,
      Running: true,
      Pid: described.pid,
      StartedAt: time,
      ...(health !== 'none' && { Health: { Status: health } }),
    },
    Config: {
      Labels: described.labels,
      StopSignal: String(described.stopSignal),
      ExposedPorts: Object.fromEntries(described.exposed.map((port) => [`${port}/tcp`, {}])),
    },
    HostConfig: { NetworkMode: described.networkMode },
    NetworkSettings: {
      Networks: Object.fromEntries(
        described.networks.map(({ name, address }) => [name, { IPAddress: address }]),
      ),
      Ports: Object.fromEntries(
        described.published.map(({ port, hostAddress, hostPort }) => [
          `${port}/tcp`,
          [{ HostIp: hostAddress, HostPort: String(hostPort) }],
        ]),
      ),
    },
  };
}
