import { spawnSync } from 'node:child_process';
import { findProgram } from '../find-program.ts';

/**
 * Bytes that the kernel takes from a process ahead of what it has sent, per connection. Its own default is no limit
 * but that of the send buffer, 4 MB: with a thousand slow readers all TCP memory of the machine.
 */
const NOTSENT_LOWAT = 131_072;

const SETUP = `ip link set lo up && sysctl -qw net.ipv4.tcp_notsent_lowat=${NOTSENT_LOWAT}`;

/** What to run a command with, so that it has ports and network settings of its own; empty where that is not allowed. */
export function ownNetwork(): readonly string[] {
  const unshare = findProgram('unshare');
  if (unshare === undefined) return [];
  const within = (script: string) => ['--map-root-user', '--net', 'sh', '-c', script];
  if (spawnSync(unshare, within(SETUP)).status !== 0) return [];
  return [unshare, ...within(`${SETUP} && exec "$0" "$@"`)];
}
