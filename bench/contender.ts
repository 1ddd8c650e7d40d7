import type { Bed, Daemon } from './bed.ts';

export interface Setting {
  readonly bed: Bed;
  readonly originPort: number;
  /** Routes in the table besides the measured one, for a proxy that has a table. */
  readonly routes: number;
}

export interface RunningProxy {
  readonly daemon: Daemon;
  readonly port: number;
  /** Emptied between two windows. */
  readonly accessLog?: string;
}

/** A proxy under measurement. */
export interface Contender {
  readonly name: string;
  /** What stands in the way of starting it on this machine, as one short line. */
  missing(): string | undefined;
  start(setting: Setting): Promise<RunningProxy>;
}
