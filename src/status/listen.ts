import type { AddressInfo, Server } from 'node:net';
import { hostPort } from '../address/host-port.ts';
import { guarded } from '../boundary/boundary.ts';
import { on, once } from '../boundary/events.ts';
import { ONE_MESSAGE, type Owner } from '../boundary/owner.ts';

export interface StatusServer extends Server {
  closeAllConnections(): void;
}

export interface ListenAddress {
  /** For the error message: `status`, `routes`, `prometheus`. */
  readonly purpose: string;
  /** The configuration key that sets the port. */
  readonly setting: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface StatusListener {
  readonly port: number;
  /** Drops open connections; resolves when the port is free. */
  close(): Promise<void>;
}

/** A status port could not be opened; the message is one sentence for the operator. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** @throws {ListenError} */
export function listen(server: StatusServer, address: ListenAddress): Promise<StatusListener> {
  return new Promise((resolve, reject) => {
    const owner: Owner = { kind: 'part', panic: reject };
    // Failed accepts (EMFILE) are errors of the server too; the next one may succeed.
    on(server, 'error', owner, (cause: NodeJS.ErrnoException) =>
      reject(new ListenError(sentence(cause, address), { cause })),
    );
    once(server, 'listening', owner, () =>
      resolve({ port: (server.address() as AddressInfo).port, close: () => closeServer(server) }),
    );
    server.listen(address.port, address.host);
  });
}

/** Drops open connections; resolves when it no longer listens. */
export function closeServer(server: StatusServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(guarded(ONE_MESSAGE, () => resolve()));
    server.closeAllConnections();
  });
}

function sentence(cause: NodeJS.ErrnoException, { purpose, setting, host, port }: ListenAddress): string {
  const at = `(${hostPort(host, port)})`;
  switch (cause.code) {
    case 'EADDRINUSE':
      return `${purpose} port ${port} is in use ${at}: choose another with ${setting}`;
    case 'EACCES':
      return `${purpose} port ${port} needs more rights than this process has ${at}: choose another with ${setting}, or give it CAP_NET_BIND_SERVICE (docs/installing.md)`;
    default:
      return `${purpose} port ${port} cannot be opened ${at}: ${cause.message}`;
  }
}
