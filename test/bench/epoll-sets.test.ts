import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'vitest';
import { connectionsByThread, countByEpoll, parseConnections } from '../../bench/epoll-sets.ts';

test('only established connections to the port count', () => {
  const text =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n' +
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1\n' +
    '   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 12 1\n' +
    '   2: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 13 1\n' +
    '   3: 0100007F:1F90 0100007F:C002 06 00000000:00000000 00:00000000 00000000     0        0 0 1\n';
  assert.deepEqual(parseConnections(text, 8080), new Set(['12']));
});

test('connections are counted by the epoll set that they are in', () => {
  const sockets = new Map([
    [5, '100'],
    [6, '101'],
    [7, '102'],
    [8, '999'],
  ]);
  const info = (...descriptors: number[]) =>
    `pos:\t0\nflags:\t02\n${descriptors.map((fd) => `tfd:        ${fd} events:       19 data: 5  pos:0 ino:1 sdev:7\n`).join('')}`;
  const wanted = new Set(['100', '101', '102']);
  const epolls = [info(5, 8, 7), info(3), info(6)];
  assert.deepEqual(countByEpoll({ sockets, epolls }, wanted), [2, 1]);
});

test('a process of one thread has all its connections in one place', async (context) => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  context.onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  // An echo has been through the loop, and so has the socket it came from.
  for (const socket of sockets) socket.write('x');
  await Promise.all(sockets.map((socket) => once(socket, 'data')));
  assert.deepEqual(connectionsByThread(process.pid, port), [2]);
});
