import type { Config } from '../../config/schema.ts';

/** Asked of registering agents by a router that itself starts without waiting for them. */
const DEFAULT_MS = 20_000;

/** Milliseconds between two announcements of one agent, as the router asks for them. */
export function registerInterval(config: Pick<Config, 'start_response_delay_interval'>): number {
  return config.start_response_delay_interval || DEFAULT_MS;
}
