import { isIP } from 'node:net';
import { isLoopback } from '../address/loopback.ts';

export interface HostRuleOptions {
  /** `cellgate.admin.host` */
  readonly host: string;
  /** Of this machine: a name, which its administrator gave it. */
  readonly machine: string;
  /** Whether the certificate is for a name; without TLS for none. */
  certified(name: string): boolean;
}

const EVERY_ADDRESS: readonly string[] = ['', '0.0.0.0', '::'];

/**
 * By which names the address may be called. A name that somebody else has pointed here (DNS rebinding) would make a page
 * of theirs one of ours to the browser. Nobody can point an address elsewhere, so that on every address of the machine
 * any address will do: behind a forwarded port it is not even one of the machine's own.
 */
export function hostRule({ host, machine, certified }: HostRuleOptions): (header: string) => boolean {
  const own = host.toLowerCase();
  const everywhere = EVERY_ADDRESS.includes(own);
  return (header) => {
    const name = nameOf(header);
    if (name === null) return false;
    if (name === own || certified(name)) return true;
    if (everywhere) return isIP(name) !== 0 || isLoopback(name) || name === machine.toLowerCase();
    return isLoopback(own) && isLoopback(name);
  };
}

/** Of `name`, `name:port`, `[address]:port`, in lower case; null where it is none of these. */
function nameOf(header: string): string | null {
  const match = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(header);
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}
