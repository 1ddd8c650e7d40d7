import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TlsOptions } from 'node:tls';
import { type Answer, Backend } from './backend.ts';
import { RawClient, type RawMessage, valuesOf } from './raw-http.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** The protocol between gorouter and route services as it is published, from Node's own crypto. */
export class RouteServiceProtocol {
  readonly #key: Buffer;

  constructor(secret: string) {
    this.#key = pbkdf2Sync(secret, '', 100_001, 16, 'sha256');
  }

  /** What a signature holds. @throws when it is not signed with the secret */
  open(signature: string, metadata: string): { forwarded_url: string; requested_time: string } {
    const { nonce } = JSON.parse(Buffer.from(metadata, 'base64url').toString());
    const sealed = Buffer.from(signature, 'base64url');
    const decipher = createDecipheriv('aes-128-gcm', this.#key, Buffer.from(nonce, 'base64'));
    decipher.setAuthTag(sealed.subarray(-16));
    return JSON.parse(decipher.update(sealed.subarray(0, -16)).toString() + decipher.final('utf8'));
  }

  /** The header lines a request must bring back for this URL. */
  sign(url: string, at = new Date()): string[] {
    return this.seal(JSON.stringify({ forwarded_url: url, requested_time: at.toISOString() }), url);
  }

  /** The same around any text, with a nonce of any length. */
  seal(content: string, url: string, nonceBytes = 12): string[] {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-128-gcm', this.#key, nonce);
    const sealed = Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
    return [
      `X-CF-Proxy-Signature: ${base64url(sealed)}`,
      `X-CF-Proxy-Metadata: ${base64url(Buffer.from(JSON.stringify({ nonce: nonce.toString('base64') })))}`,
      `X-CF-Forwarded-Url: ${url}`,
    ];
  }
}

/** As Go writes it, with its padding. */
export function base64url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** What is said to a service alone, and not by it to the application's router. */
const OF_THIS_HOP = /^(?:host|connection|upgrade):/i;

/**
 * A route service that sends every request on to where X-CF-Forwarded-Url says, by way of the router, headers and
 * all, and what comes back to whoever asked; bytes both ways once the protocol was switched. `identity`: `null` where a
 * router speaks TLS for it.
 */
export async function forwardingService(
  t: Ending,
  identity: TlsOptions | null,
  router: () => { port: number; tls: boolean; ca: string },
): Promise<Backend> {
  const answer: Answer = (request, { socket }) => {
    const { port, tls, ca } = router();
    const url = new URL(valuesOf(request, 'X-CF-Forwarded-Url')[0]!);
    const raw: Socket = tls
      ? connectTls({
          port,
          host: '127.0.0.1',
          servername: url.hostname,
          ca,
          checkServerIdentity: () => undefined,
        })
      : connect(port, '127.0.0.1');
    t.onTestFinished(() => raw.destroy());
    const client = new RawClient(raw);
    client.send(onward(request, url));
    if (valuesOf(request, 'Upgrade').length > 0) tunnel(socket, raw);
    else void relay(client, socket);
    return undefined;
  };
  return identity === null ? Backend.start(t, answer) : Backend.startTls(t, identity, answer);
}

function onward(request: RawMessage, url: URL): string {
  const [method] = request.start.split(' ');
  const kept = request.lines.filter((line) => !OF_THIS_HOP.test(line));
  const upgrade = valuesOf(request, 'Upgrade');
  const hop = upgrade.length > 0 ? ['Connection: Upgrade', `Upgrade: ${upgrade[0]}`] : [];
  const target = url.href.slice(url.origin.length);
  return `${method} ${target} HTTP/1.1\r\n${[`Host: ${url.host}`, ...hop, ...kept].join('\r\n')}\r\n\r\n${request.body}`;
}

async function relay(from: RawClient, to: Socket): Promise<void> {
  try {
    to.write(text(await from.response()));
  } catch {
    to.destroy();
  }
  from.close();
}

function text({ start, lines, body }: RawMessage): string {
  return `${start}\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

function tunnel(here: Socket, there: Socket): void {
  here.on('data', (chunk) => there.write(chunk));
  there.on('data', (chunk) => here.write(chunk));
  here.on('close', () => there.destroy());
  there.on('close', () => here.destroy());
}
