import { X509Certificate } from 'node:crypto';
import type { MachineFault } from './machine-fault.ts';

/** Keys that hold a certificate of ours, its chain behind it; what is trusted is others' to renew. */
const OWN = new Set(['cert_chain', 'certificate']);

/** Certificates in a configuration that are not valid at that time, by their keys. @param now Unix milliseconds */
export function certificateFaults(config: object, now: number): MachineFault[] {
  return [...chains(config, '')].flatMap(([key, chain]) => {
    const certificate = certificateOf(chain);
    if (certificate === null) return [];
    const { validFromDate: from, validToDate: to } = certificate;
    if (to.getTime() < now) return [fault(key, `has expired on ${dateOf(to)}`)];
    return from.getTime() > now ? [fault(key, `is not valid before ${dateOf(from)}`)] : [];
  });
}

function* chains(value: unknown, key: string): Generator<readonly [key: string, chain: string]> {
  if (typeof value === 'string' && OWN.has(key.split('.').at(-1)!)) yield [key, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, below] of Object.entries(value)) {
    const inList = Array.isArray(value);
    yield* chains(below, inList ? `${key}[${name}]` : [key, name].filter((part) => part !== '').join('.'));
  }
}

/** Null: there is none, or what is there cannot be read, which the file's own check has said. */
function certificateOf(chain: string): X509Certificate | null {
  try {
    return new X509Certificate(chain);
  } catch {
    return null;
  }
}

function fault(key: string, what: string): MachineFault {
  return { kind: 'warning', sentence: `${key}: the certificate ${what}: whoever checks it will not connect` };
}

function dateOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
