import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'vitest';
import { BusLine } from '../../bench/reliability/cutovers/bus-line.ts';
import { badWindows, failedShare, mostByChance } from '../../bench/reliability/cutovers/verdicts.ts';

test('a bad window is counted once, though the last note says it again', () => {
  const why = 'green answered 5xx to 5.2 % of 412 requests, blue to 0.4 % of 8013; three such windows revert';
  const notes = [
    'begun by bench: app:blue is to be replaced by app:green',
    `${why}, this is the first`,
    'green answered 5xx to 0.0 % of 412 requests, blue to 0.0 % of 8013',
    `${why}, this is the second`,
    `going back: ${why}`,
    `reverted: ${why}`,
  ];
  assert.equal(badWindows(notes), 3);
  const alarm =
    'green answered 5xx to 30.0 % of 43 requests, blue to 0.0 % of 959: more than a quarter reverts at once';
  assert.equal(badWindows([`going back: ${alarm}`, `reverted: ${alarm}`]), 1);
  assert.equal(badWindows([]), 0);
});

test('of few requests chance alone may make more fail than of many', () => {
  assert.equal(failedShare(5, 10, 100), 0.005);
  assert.ok(Math.abs(mostByChance(0.5, 10_000) - 0.515) < 1e-9);
  assert.ok(mostByChance(0.05, 100) > mostByChance(0.05, 1000));
  assert.equal(mostByChance(0, 100), 0);
});

test('a line to the bus that is cut carries nothing and tells nobody, and is made anew when it is mended', async (t) => {
  const bus = createServer((socket) => void socket.on('error', () => {}).pipe(socket));
  await once(bus.listen(0, '127.0.0.1'), 'listening');
  const line = await BusLine.lay((bus.address() as AddressInfo).port);
  const dial = async () => {
    const socket = connect({ port: line.port, host: '127.0.0.1' });
    t.onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  t.onTestFinished(() => void bus.close());
  const before = await dial();
  before.write('one');
  assert.equal(String((await once(before, 'data'))[0]), 'one');
  line.cut();
  let heard = '';
  before.on('data', (bytes) => (heard += String(bytes)));
  before.write('two');
  const meanwhile = await dial();
  meanwhile.write('three');
  const closed = [before, meanwhile].map((socket) => new Promise((resolve) => socket.on('close', resolve)));
  line.mend();
  await Promise.all(closed);
  assert.equal(heard, '');
  const after = await dial();
  after.write('four');
  assert.equal(String((await once(after, 'data'))[0]), 'four');
});
