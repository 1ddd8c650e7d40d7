/** A container as its engine describes it at one moment. */
export interface Container {
  readonly id: string;
  /** By which people know it. */
  readonly name: string;
  /** When it was started last: a container that is started again is another, though its id stays. Milliseconds. */
  readonly startedAt: number;
  /** Of its first process, as the engine's machine counts; 0: none. */
  readonly pid: number;
  /** The engine's word: `running`, `paused`, `stopping`, and others for what does not run. */
  readonly status: string;
  readonly health: ContainerHealth;
  /** Its number: what the engine sends to tell the container to end. */
  readonly stopSignal: number;
  readonly labels: Readonly<Record<string, string>>;
  /** `host`, `container:ID`, or how it is connected otherwise. */
  readonly networkMode: string;
  readonly networks: readonly ContainerNetwork[];
  /** TCP ports on which it says that it listens. */
  readonly exposed: readonly number[];
  readonly published: readonly PublishedPort[];
}

/** What its own HEALTHCHECK has found; `none`: it has none. */
export type ContainerHealth = 'none' | 'starting' | 'healthy' | 'unhealthy';

export interface ContainerNetwork {
  readonly name: string;
  readonly address: string;
}

/** A TCP port of the container that is one of its machine as well. */
export interface PublishedPort {
  readonly port: number;
  /** Empty: all addresses of the machine. */
  readonly hostAddress: string;
  readonly hostPort: number;
}

const LIVE = ['running', 'paused', 'stopping'];

/** Whether it has its processes and its addresses. */
export function isLive(status: string): boolean {
  return LIVE.includes(status);
}

/** Whether it is still the container that it was: neither another nor the same one started again. */
export function isSameRun(one: Container, other: Container): boolean {
  return one.id === other.id && one.startedAt === other.startedAt;
}

/** What names a run in texts, for whoever did not see it begin. */
export function runOf({ id, startedAt }: Container): string {
  return `${id} ${startedAt}`;
}
