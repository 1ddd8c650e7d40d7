import { isLoopback } from '../address/loopback.ts';
import { keyPairFault } from './pem.ts';

/** A section that is right key by key. */
interface Admin {
  readonly host: string;
  readonly port: number;
  readonly tokens: readonly {
    readonly name: string;
    readonly secret: string;
    readonly rights: readonly string[];
  }[];
  readonly tls: { readonly certificate: string; readonly key: string };
}

interface Place {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const ADMIN_RIGHTS: readonly string[] = ['read', 'operate', 'debug'];
/** It stands in a header, and is not to be guessed. */
const SECRET = /^[\x21-\x7e]{16,256}$/;
/** It stands in the audit log. */
const NAME = /^[\w.@-]{1,64}$/;
/** By which the log names whoever needs no token of these. */
const OWN_NAMES: readonly string[] = ['socket', 'local'];

/** What the router refuses to start with. */
export function adminFaults(admin: Admin): Place[] {
  const faults: Place[] = [];
  const at = (path: readonly PropertyKey[], message: string): void => {
    faults.push({ path: ['cellgate', 'admin', ...path], message });
  };
  const { host, port, tokens, tls } = admin;
  if (port !== 0 && !isLoopback(host) && tokens.length === 0) {
    at(['tokens'], `needed where others can reach the port: host ${host} is not loopback`);
  }
  const [names, secrets] = [new Set<string>(), new Set<string>()];
  for (const [index, { name, secret, rights }] of tokens.entries()) {
    const of = (key: string, message: string): void => at(['tokens', index, key], message);
    if (!NAME.test(name)) of('name', 'allowed: 1 to 64 letters, digits, and . _ @ -');
    else if (names.has(name)) of('name', `${name} is there twice`);
    else if (OWN_NAMES.includes(name)) of('name', `${name} is the name of one that the router makes`);
    if (!SECRET.test(secret)) of('secret', 'allowed: 16 to 256 characters of ASCII, no blanks');
    else if (secrets.has(secret)) of('secret', 'is that of another token');
    const unknown = rights.find((right) => !ADMIN_RIGHTS.includes(right));
    if (rights.length === 0) of('rights', `at least one of ${ADMIN_RIGHTS.join(', ')} is needed`);
    else if (unknown !== undefined) of('rights', `allowed: ${ADMIN_RIGHTS.join(', ')}`);
    names.add(name);
    secrets.add(secret);
  }
  if (tls.certificate !== '' || tls.key !== '') {
    const fault = keyPairFault(tls.certificate, tls.key);
    if (fault !== null) at(['tls', 'certificate'], `Error loading key pair: ${fault}`);
  }
  return faults;
}

/** What it starts with, and warns of. */
export function adminRemarks(admin: Admin, stateFolder: string): Place[] {
  const { host, port, tokens, tls } = admin;
  if (port === 0) return [];
  if (!isLoopback(host) && tls.certificate === '') {
    const message = `without tls others can read tokens on their way to ${host}; browsers get no session`;
    return [{ path: ['cellgate', 'admin', 'tls'], message }];
  }
  if (tokens.length > 0 || stateFolder !== '') return [];
  const message = 'none, and no cellgate.state_dir to leave one in: nobody is let in by the port';
  return [{ path: ['cellgate', 'admin', 'tokens'], message }];
}
