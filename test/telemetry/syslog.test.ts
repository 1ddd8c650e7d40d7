import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { test, vi } from 'vitest';
import type { AccessLog } from '../../src/telemetry/access-log.ts';
import { SyslogDatagrams } from '../../src/telemetry/syslog-datagrams.ts';
import { MAX_WAITING_BYTES, type SyslogOptions } from '../../src/telemetry/syslog-message.ts';
import { SyslogRelay } from '../../src/telemetry/syslog-relay.ts';
import { SyslogStream } from '../../src/telemetry/syslog-stream.ts';

const OPTIONS = { host: '127.0.0.1', appName: 'vcap.gorouter', truncate: 0 } as const;
const HEAD = new RegExp(
  String.raw`^<14>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ${hostname()} vcap\.gorouter ${process.pid} - \ufeff`,
);

type More = Pick<SyslogOptions, 'network' | 'port'> & Partial<SyslogOptions>;

/** Over TCP with a thread's part and the router's, as one. */
function log(more: More, dropped: (lines: number) => void = () => {}): AccessLog {
  const options = { ...OPTIONS, ...more };
  if (options.network.startsWith('udp')) return new SyslogDatagrams(options, dropped);
  const stream = new SyslogStream(options, dropped);
  const relay: SyslogRelay = new SyslogRelay(options, dropped, (batch) => {
    stream.send(batch);
    relay.taken(batch.text.length);
  });
  return {
    write: (line) => relay.write(line),
    reopen() {},
    close: async () => {
      await relay.close();
      await stream.close();
    },
  };
}

test('§6.6 over UDP each line is one datagram with the head of RFC 5424, cut where configured', async (t) => {
  const server = createSocket('udp4');
  t.onTestFinished(() => void server.close());
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const sink = log({ network: 'udp', port: server.address().port, truncate: 5 });
  t.onTestFinished(() => sink.close());
  sink.write('1234567');
  const [message] = (await once(server, 'message')) as [Buffer];
  const text = message.toString();
  assert.match(text, HEAD);
  assert.equal(text.replace(HEAD, ''), '12345');
});

/** Collects what is sent to it, line by line. */
async function server(t: { onTestFinished(done: () => unknown): void }) {
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
  t.onTestFinished(() => {
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
  t.onTestFinished(() => sink.close());
  sink.write('first');
  sink.write('second');
  await peer.until(() => peer.lines.length === 2);
  assert.deepEqual(peer.lines, ['first', 'second']);
  for (const socket of peer.sockets) socket.destroy();
  // What was on its way is lost; what comes later is not.
  const writing = setInterval(() => sink.write('later'), 20);
  t.onTestFinished(() => clearInterval(writing));
  await peer.until(() => peer.lines.includes('later'));
});

test('§6.6 while nobody takes the lines they are dropped and counted beyond a limit, and nothing waits', async () => {
  let dropped = 0;
  const sink = log({ network: 'tcp', port: 1 }, (lines) => {
    dropped += lines;
  });
  for (let line = 0; line < 2000; line++) sink.write('x'.repeat(1000));
  assert.ok(dropped > 500 && dropped < 2000, String(dropped));
  await sink.close();
  assert.equal(dropped, 2000);
});

test('§6.6 a thread hands no more on than the router takes', async () => {
  let [dropped, handed] = [0, 0];
  const options = { ...OPTIONS, network: 'tcp', port: 1 } as const;
  const relay = new SyslogRelay(
    options,
    (lines) => {
      dropped += lines;
    },
    ({ text }) => {
      handed += text.length;
    },
  );
  for (let line = 0; line < 5000; line++) relay.write('x'.repeat(1000));
  assert.ok(handed <= MAX_WAITING_BYTES + 64 * 1024, String(handed));
  assert.ok(dropped > 3500, String(dropped));
  const before = dropped;
  relay.taken(handed);
  relay.write('again');
  assert.equal(dropped, before);
  const already = handed;
  const closed = relay.close();
  relay.taken(handed - already);
  await closed;
});

test('§6.6 lines over UDP wait for a name that is slow within a limit, and it is not asked for with each of them', async (t) => {
  const server = createSocket('udp4');
  t.onTestFinished(() => void server.close());
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  let dropped = 0;
  const asked: ((found: { address: string; family: number } | null) => void)[] = [];
  const sink = new SyslogDatagrams(
    { ...OPTIONS, network: 'udp', host: 'slow.test', port: server.address().port },
    (lines) => {
      dropped += lines;
    },
    (_host, _family, done) => void asked.push(done),
  );
  const lines = 5000;
  for (let line = 0; line < lines; line++) sink.write('x'.repeat(1000));
  assert.equal(asked.length, 1);
  const kept = lines - dropped;
  assert.ok(kept * 1000 <= MAX_WAITING_BYTES + 1000, String(kept));
  asked[0]!({ address: '127.0.0.1', family: 4 });
  await once(server, 'message');
  assert.equal(asked.length, 1);
  await sink.close();
});

test('§6.6 a name of syslog that is lost later is still where it was', async (t) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  t.onTestFinished(() => void vi.useRealTimers());
  const server = createSocket('udp4');
  t.onTestFinished(() => void server.close());
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const answers = [null, { address: '127.0.0.1', family: 4 }, null];
  let asked = 0;
  const sink = new SyslogDatagrams(
    { ...OPTIONS, network: 'udp', host: 'a.test', port: server.address().port },
    () => assert.fail('a line was lost'),
    (_host, _family, done) => done(answers[asked++] ?? null),
  );
  sink.write('early');
  vi.advanceTimersByTime(1000);
  assert.match(String((await once(server, 'message'))[0]), /early$/);
  vi.advanceTimersByTime(60_000);
  assert.equal(asked, 3);
  sink.write('late');
  assert.match(String((await once(server, 'message'))[0]), /late$/);
  await sink.close();
});
