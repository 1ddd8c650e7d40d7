import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** What is said of a name: its addresses, nothing at all, that the server has failed, or what is no answer. Any other name does not exist. */
export type Known = readonly string[] | 'silent' | 'failed' | 'malformed';

const HEADER_BYTES = 12;
const A = 1;
const AAAA = 28;
const SERVFAIL = 2;
const NXDOMAIN = 3;

/** A name server on 127.0.0.1 for as much of DNS as c-ares asks for. */
export class DnsServer {
  readonly names = new Map<string, Known>();
  /** Names asked for addresses of IPv4, in order. */
  readonly asked: string[] = [];
  /** The same of IPv6. */
  readonly askedSix: string[] = [];
  /** Whether questions for addresses of IPv6 get no answer. */
  isSilentOnIpv6 = false;
  readonly #socket = createSocket('udp4');

  static async start(t: Ending): Promise<DnsServer> {
    const server = new DnsServer();
    server.#socket.on('message', (question, from) => server.#answer(question, from));
    server.#socket.bind(0, '127.0.0.1');
    await once(server.#socket, 'listening');
    t.onTestFinished(() => server.#socket.close());
    return server;
  }

  /** `address:port` */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  #answer(question: Buffer, { port, address }: RemoteInfo): void {
    const labels: string[] = [];
    let at = HEADER_BYTES;
    for (let length = question[at]!; length > 0; length = question[at]!) {
      labels.push(question.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = labels.join('.').toLowerCase();
    const type = question.readUInt16BE(at + 1);
    const end = at + 5;
    if (type === A) this.asked.push(name);
    if (type === AAAA) this.askedSix.push(name);
    const known = this.names.get(name);
    if (known === 'silent' || (type === AAAA && this.isSilentOnIpv6)) return;
    if (known === 'malformed') {
      this.#socket.send(question.subarray(0, 3), port, address);
      return;
    }
    const failure = known === 'failed' ? SERVFAIL : known === undefined ? NXDOMAIN : 0;
    const addresses =
      typeof known === 'object' ? known.filter((each) => isIPv6(each) === (type === AAAA)) : [];
    const header = Buffer.from(question.subarray(0, HEADER_BYTES));
    header.writeUInt16BE(0x8180 | failure, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    header.writeUInt32BE(0, 8);
    const records = addresses.map((each) => record(type, bytesOf(each)));
    this.#socket.send(
      Buffer.concat([header, question.subarray(HEADER_BYTES, end), ...records]),
      port,
      address,
    );
  }
}

/** For the name of the question. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** IPv6 written out in full but for one `::` of the beginning. */
function bytesOf(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  const groups = address.replace(/^::/, '').split(':');
  const words = [...new Array<string>(8 - groups.length).fill('0'), ...groups];
  return Buffer.concat(words.map((word) => Buffer.from(word.padStart(4, '0'), 'hex')));
}
