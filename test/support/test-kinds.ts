import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Whoever comes to one of these by its imports starts processes. */
const SYSTEM = ['node:child_process', 'node:cluster'];
/** Sockets or threads. */
const SOCKET = [
  'node:dgram',
  'node:http',
  'node:http2',
  'node:https',
  'node:net',
  'node:tls',
  'node:worker_threads',
  'undici',
];
/** What there is in `node:net` that opens nothing. */
const ADDRESSES = /^(?:type \w+|isIP|isIPv4|isIPv6|BlockList|SocketAddress)$/;

const STATIC_IMPORT = /^(?:import|export)\s(?!type\s)(?:([^;'"]*?)\sfrom\s)?'([^']+)'/gm;
const DYNAMIC_IMPORT = /\bimport\('(\.[^']+)'\)/g;

export type TestKind = 'pure' | 'socket' | 'system';

/** The test files that a glob stands for, by what they and all that they import can do. */
export function testKinds(glob: string): Record<TestKind, string[]> {
  const kinds: Record<TestKind, string[]> = { pure: [], socket: [], system: [] };
  const known = new Map<string, readonly string[]>();
  for (const file of globSync(glob).toSorted()) kinds[kindOf(reachedFrom(file, known))].push(file);
  return kinds;
}

function kindOf(reached: ReadonlySet<string>): TestKind {
  if (SYSTEM.some((name) => reached.has(name))) return 'system';
  return SOCKET.some((name) => reached.has(name)) ? 'socket' : 'pure';
}

/** Files and packages, the file itself included. */
function reachedFrom(file: string, known: Map<string, readonly string[]>): Set<string> {
  const reached = new Set([file]);
  for (const each of reached) {
    if (!each.endsWith('.ts')) continue;
    const imports = known.get(each) ?? importsOf(each);
    known.set(each, imports);
    for (const name of imports) reached.add(name);
  }
  return reached;
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const statics = [...text.matchAll(STATIC_IMPORT)].filter(([, names, from]) => isCode(names, from!));
  const names = [
    ...statics.map(([, , from]) => from!),
    ...[...text.matchAll(DYNAMIC_IMPORT)].map(([, from]) => from!),
  ];
  return names.map((name) => (name.startsWith('.') ? join(dirname(file), name) : name));
}

function isCode(names: string | undefined, from: string): boolean {
  const each =
    /^\{(.*)\}$/s
      .exec(names?.trim() ?? '')?.[1]
      ?.split(',')
      .map((name) => name.trim()) ?? null;
  const harmless = from === 'node:net' ? ADDRESSES : /^type \w+$/;
  return each === null || each.some((name) => name !== '' && !harmless.test(name));
}
