import { readFileSync } from 'node:fs';
import type { RouterPlan } from './router-file.ts';

const SHIPPED = new URL('../deploy/haproxy.cfg', import.meta.url);

/** The HAProxy configuration that is shipped, with these routers behind it. */
export function haproxyFile(port: number, routers: readonly RouterPlan[]): string {
  const servers = routers.map(
    ({ index, http, health }) => `  server router-${index} 127.0.0.1:${http} port ${health}`,
  );
  return readFileSync(SHIPPED, 'utf8')
    .replace(/^ {2}bind :80$/m, `  bind 127.0.0.1:${port}`)
    .replace(/^ {2}server router-0 .*$/m, servers.join('\n'));
}
