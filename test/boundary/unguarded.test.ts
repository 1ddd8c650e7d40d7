import assert from 'node:assert/strict';
import { test } from 'vitest';
import { unguarded } from '../support/unguarded.ts';

const NAKED = [
  "socket.on('data', (chunk) => this.#take(chunk));",
  'socket.once(event, handler);',
  "server.prependListener('request', answer);",
  'this.#timer = setTimeout(run, 10);',
  'setInterval(() => this.#tick(), 10);',
  'setImmediate(this.#run);',
  'queueMicrotask(run);',
  'process.nextTick(run);',
  'describe().then(answer, fail);',
  'void this.#tick();',
  'void connection.closed();',
  'const server = createServer((request, response) => answer(request, response));',
  'const server = createServer({ limit: 1 }, async (request) => {});',
  'const server = createSecureServer(options, function (request) {});',
  'server.close(() => resolve());',
  'server.listen(port, host, () => resolve());',
  'socket.write(bytes, (error) => this.#onWritten(error));',
  'socket.end(bytes, done => done());',
  'this.#socket.send(message, port, host, (error: Error | null) => {});',
  'session.ping((error) => this.#onPong(error));',
  'request.setTimeout(10, () => request.destroy());',
  "stop.addEventListener('abort', () => resolve());",
  'stat(path, (error, found) => look(found));',
  'pipeline(from, to, () => turn.end());',
  'const options = { SNICallback: (name, done) => done(null, contexts[0]) };',
  "connection.subscribe('x', { callback: (error, message) => take(message) });",
  'delay(10);',
  'nextTurn();',
];

const SOUND = [
  "on(socket, 'data', this, (chunk: Buffer) => this.#take(chunk));",
  "once(socket, 'close', owner, () => stats.connections--);",
  'this.#timer = after(10, this, run);',
  'server.setTimeout(10);',
  'request.socket.setTimeout(seconds * 1000 + GRACE_MS);',
  'const server = createServer({ allowHalfOpen: true });',
  'server.close(guarded(ONE_MESSAGE, () => resolve()));',
  "connection.subscribe('x', { callback });",
  'await delay(10, undefined, { signal });',
  'return delay(10, true).catch(() => false);',
  'await Promise.race([done(), delay(10)]);',
  'for (const _ of pieces) await nextTurn();',
  'inBackground(ONE_ROUND, this.#tick());',
  '// socket.on is not called here',
  ' * server.close(() => resolve())',
  'response.end(list.map((each) => each.name).join());',
  "bus.subscribe('router.*', (subject, payload) => apply(payload));",
  'readonly close: () => void;',
  'panic(): void {}',
];

for (const code of NAKED)
  test(`goes past the boundary: ${code}`, () => assert.deepEqual(unguarded(code), [code]));
for (const code of SOUND) test(`does not: ${code}`, () => assert.deepEqual(unguarded(code), []));
