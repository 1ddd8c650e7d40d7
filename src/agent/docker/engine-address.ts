import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where the API of a container engine is. */
export type EngineAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

const DOCKER = '/var/run/docker.sock';
const PODMAN = '/run/podman/podman.sock';
const DEFAULT_PORT = 2375;

/** `/path`, `unix:///path` or `tcp://host[:port]`; null: it is none of them. */
export function parseEngineAddress(text: string): EngineAddress | null {
  const path = text.startsWith('unix://') ? text.slice('unix://'.length) : text;
  if (path.startsWith('/')) return path.includes('\0') ? null : { kind: 'socket', path };
  // With a scheme that it knows, `URL` tells what is no host.
  const url = URL.parse(text.replace(/^tcp:/, 'http:'));
  if (!text.startsWith('tcp://') || url === null) return null;
  const { hostname, port, pathname, username } = url;
  if (!['', '/'].includes(pathname) || username !== '') return null;
  return { kind: 'tcp', host: hostname, port: Number(port || (/:80\/?$/.test(text) ? 80 : DEFAULT_PORT)) };
}

/** Where it is looked for when nobody says: Docker's socket of the machine or of this user, else Podman's of either. */
export function usualEngine(env: Readonly<Record<string, string | undefined>>): EngineAddress {
  const runtime = env['XDG_RUNTIME_DIR'];
  const own = runtime ? [join(runtime, 'docker.sock'), join(runtime, 'podman/podman.sock')] : [];
  const path = [DOCKER, ...own, PODMAN].find((each) => existsSync(each)) ?? DOCKER;
  return { kind: 'socket', path };
}

export function engineText(address: EngineAddress): string {
  return address.kind === 'socket' ? address.path : `tcp://${address.host}:${address.port}`;
}
