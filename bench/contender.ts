import type { Bed, Cores, Daemon } from './bed.ts';
import type { Certificate } from './certificate.ts';

/** How a load reaches a proxy: `tcp` is the bytes of the same HTTP/1.1, relayed unread. */
export type Listener = 'http' | 'https' | 'h2c' | 'tcp';

export interface Setting {
  readonly bed: Bed;
  /** Told apart from other proxies of the same kind; names its files. */
  readonly label: string;
  readonly cores: Cores;
  readonly threads: number;
  readonly listener: Listener;
  readonly originPort: number;
  /** Routes in the table besides the measured one, for a proxy that has a table. */
  readonly routes: number;
  /** For `https`. */
  readonly certificate: Certificate | undefined;
}

export interface RunningProxy {
  readonly daemon: Daemon;
  readonly port: number;
  /** Only the CPU time of threads of that name is its cost; by default that of the whole process. */
  readonly costOf?: string;
  /** Emptied between two windows. */
  readonly accessLog?: string;
  /** Told when its own windows begin and end: what it does besides is not to be felt in those of others. */
  attend?(measured: boolean): void;
}

/** A proxy under measurement. */
export interface Contender {
  readonly name: string;
  readonly listeners: readonly Listener[];
  /** Whether it is machine code from the start; others become faster with use. */
  readonly compiled?: true;
  /** What stands in the way of starting it on this machine, as one short line. */
  missing(): string | undefined;
  start(setting: Setting): Promise<RunningProxy>;
}
