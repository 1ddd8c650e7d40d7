import assert from 'node:assert/strict';
import { createSocket, Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { afterEach, test, vi } from 'vitest';
import { onPanic, type Panic } from '../../src/boundary/boundary.ts';
import { Metron } from '../../src/telemetry/metron.ts';
import type { SyslogOptions } from '../../src/telemetry/syslog-message.ts';
import { SyslogStream } from '../../src/telemetry/syslog-stream.ts';

const told: Panic[] = [];
onPanic((panic) => told.push(panic));
afterEach(() => told.splice(0));

const fail = (): never => {
  throw new Error('a fault of ours');
};

test('an envelope that cannot be sent is dropped and counted, those behind it are sent', async (t) => {
  const agent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(agent, 'listening');
  t.onTestFinished(() => void agent.close());
  let dropped = 0;
  const metron = new Metron(
    { host: '127.0.0.1', port: agent.address().port },
    { onDropped: () => dropped++ },
  );
  t.onTestFinished(() => metron.close());
  metron.send(Buffer.from('open'));
  await once(agent, 'message');
  vi.spyOn(DatagramSocket.prototype, 'send').mockImplementationOnce(fail);
  metron.sendAll([Buffer.from('lost'), Buffer.from('sent')]);
  const [bytes] = await once(agent, 'message');
  assert.deepEqual([String(bytes), dropped, told.map(({ kind }) => kind)], ['sent', 1, ['message']]);
});

test('a syslog connection that cannot be written to is given up, and its lines go over the next one', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  const options: SyslogOptions = {
    network: 'tcp',
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    appName: 'gorouter',
    truncate: 0,
  };
  const log = new SyslogStream(options, () => assert.fail('nothing is dropped'));
  const [first] = (await once(server, 'connection')) as [Socket];
  first.resume();
  const { write } = Socket.prototype;
  let failures = 0;
  vi.spyOn(Socket.prototype, 'write').mockImplementation(function (
    this: Socket,
    text: string | Uint8Array,
    ...more: unknown[]
  ): boolean {
    if (String(text).startsWith('<14>') && failures++ === 0) fail();
    return Reflect.apply(write, this, [text, ...more]);
  });
  log.send({ text: '<14>1 a line\n', lines: 1 });
  const [second] = (await once(server, 'connection')) as [Socket];
  assert.match(String(await once(second, 'data')), /a line\n$/);
  assert.deepEqual(
    told.map(({ kind }) => kind),
    ['connection'],
  );
  second.destroy();
  await log.close();
});
