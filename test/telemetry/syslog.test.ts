import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { type SyslogOptions, syslog } from '../../src/telemetry/syslog.ts';

const OPTIONS = { host: '127.0.0.1', appName: 'vcap.gorouter', truncate: 0 } as const;
const HEAD = new RegExp(
  String.raw`^<14>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ${hostname()} vcap\.gorouter ${process.pid} - \ufeff`,
);

const log = (more: Pick<SyslogOptions, 'network' | 'port'> & Partial<SyslogOptions>, dropped = () => {}) =>
  syslog({ ...OPTIONS, ...more }, dropped);

test('§6.6 over UDP each line is one datagram with the head of RFC 5424, cut where configured', async (t) => {
  const server = createSocket('udp4');
  t.after(() => server.close());
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const sink = log({ network: 'udp', port: server.address().port, truncate: 5 });
  t.after(() => sink.close());
  sink.write('1234567');
  const [message] = (await once(server, 'message')) as [Buffer];
  const text = message.toString();
  assert.match(text, HEAD);
  assert.equal(text.replace(HEAD, ''), '12345');
});

/** Collects what is sent to it, line by line. */
async function server(t: { after(done: () => unknown): void }) {
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  const listening = createServer((socket) => {
    sockets.add(socket);
    let rest = '';
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      const parts = (rest + bytes.toString()).split('\n');
      rest = parts.pop()!;
      lines.push(...parts.map((line) => line.replace(HEAD, '')));
      for (const wake of waiting.splice(0)) wake();
    });
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  t.after(() => {
    listening.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (listening.address() as AddressInfo).port,
    lines,
    sockets,
    until: async (done: () => boolean) => {
      while (!done()) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

test('§6.6 over TCP each line ends with a line feed, and a lost connection is made again', {
  timeout: 60_000,
}, async (t) => {
  const peer = await server(t);
  const sink = log({ network: 'tcp', port: peer.port });
  t.after(() => sink.close());
  sink.write('first');
  sink.write('second');
  await peer.until(() => peer.lines.length === 2);
  assert.deepEqual(peer.lines, ['first', 'second']);
  for (const socket of peer.sockets) socket.destroy();
  // What was on its way is lost; what comes later is not.
  const writing = setInterval(() => sink.write('later'), 20);
  t.after(() => clearInterval(writing));
  await peer.until(() => peer.lines.includes('later'));
});

test('while nobody takes the lines they are dropped and counted beyond a limit, and nothing waits', async () => {
  let dropped = 0;
  const sink = syslog({ ...OPTIONS, network: 'tcp', port: 1 }, (lines) => {
    dropped += lines;
  });
  for (let line = 0; line < 2000; line++) sink.write('x'.repeat(1000));
  assert.ok(dropped > 500 && dropped < 2000, String(dropped));
  await sink.close();
  assert.equal(dropped, 2000);
});
