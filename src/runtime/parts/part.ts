import type { Config } from '../../config/schema.ts';
import type { HttpSettings } from '../../http/settings.ts';
import type { TcpSettings } from '../../tcp/connection/settings.ts';

/** What changes while a router runs; it has been found to be right. */
export interface Reload {
  readonly config: Config;
  readonly settings: HttpSettings;
  /** Null: no TCP router. */
  readonly tcp: TcpSettings | null;
}

/** One of the things that a router is made of. */
export interface Part {
  readonly name: string;
  /** Rejects with what keeps the router from starting. */
  start?(): void | Promise<void>;
  reload?(next: Reload): void;
  /** Also after a start of its own that failed half-way. */
  stop?(): void | Promise<void>;
}
