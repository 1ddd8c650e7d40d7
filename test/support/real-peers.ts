import { findProgram } from '../../bench/find-program.ts';

/** A program of others that some tests need; without it they skip, and say so. */
interface RealPeer {
  /** The first is how it is named here, the others are what it may be called as well. */
  readonly programs: readonly [string, ...string[]];
  /** Debian's package. */
  readonly debian: string;
}

/** What tests talk to, and by what they look at what was made, in the order in which it is told. */
export const REAL_PEERS: readonly RealPeer[] = [
  { programs: ['nats-server'], debian: 'nats-server' },
  { programs: ['haproxy'], debian: 'haproxy' },
  { programs: ['nginx'], debian: 'nginx' },
  { programs: ['curl'], debian: 'curl' },
  { programs: ['wrk'], debian: 'wrk' },
  { programs: ['h2load'], debian: 'nghttp2-client' },
  { programs: ['nghttp'], debian: 'nghttp2-client' },
  { programs: ['nghttpd'], debian: 'nghttp2-server' },
  { programs: ['redis-server'], debian: 'redis-server' },
  { programs: ['prometheus'], debian: 'prometheus' },
  { programs: ['promtool'], debian: 'prometheus' },
  { programs: ['chromium', 'chromium-browser', 'google-chrome'], debian: 'chromium' },
  { programs: ['podman'], debian: 'podman' },
  { programs: ['runc'], debian: 'runc' },
  { programs: ['ip'], debian: 'iproute2' },
  { programs: ['setcap'], debian: 'libcap2-bin' },
  { programs: ['systemd-analyze'], debian: 'systemd' },
  { programs: ['groff'], debian: 'groff-base' },
  { programs: ['zsh'], debian: 'zsh' },
  { programs: ['fish'], debian: 'fish' },
];

/** One line: which of them are here, and what would bring the others. */
export function realPeersLine(isInstalled = (program: string) => findProgram(program) !== undefined): string {
  const isHere = ({ programs }: RealPeer): boolean => programs.some((program) => isInstalled(program));
  const found = REAL_PEERS.filter(isHere);
  const missed = REAL_PEERS.filter((peer) => !isHere(peer));
  const here = found.length === 0 ? 'none' : named(found);
  if (missed.length === 0) return `real peers found: ${here}; missed: none`;
  const packages = [...new Set(missed.map(({ debian }) => debian))].join(' ');
  return `real peers found: ${here}; missed: ${named(missed)} (apt-get install ${packages})`;
}

function named(peers: readonly RealPeer[]): string {
  return peers.map(({ programs: [name] }) => name).join(', ');
}
