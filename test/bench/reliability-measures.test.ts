import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { describe, FaultCount, sum } from '../../bench/reliability/faults.ts';
import { heldBytes } from '../../bench/reliability/held-bytes.ts';
import { ObjectBody } from '../../bench/reliability/object-body.ts';
import { parseOptions } from '../../bench/reliability/options.ts';
import { parseDescriptorLimit, parseResident } from '../../bench/reliability/process-state.ts';
import { parseSocketQueues } from '../../bench/reliability/socket-queues.ts';

test('options name figures and a share of the load', () => {
  assert.deepEqual(parseOptions(['l01', 'L18', '--scale', '0.1']), {
    help: false,
    ids: ['L01', 'L18'],
    scale: 0.1,
    seconds: 5,
  });
  for (const wrong of ['0', '1.5', 'all']) {
    assert.throws(() => parseOptions(['--scale', wrong]), {
      message: `--scale: "${wrong}" is not a number above 0 and up to 1`,
    });
  }
  assert.equal(parseOptions(['--seconds', '60']).seconds, 60);
  assert.throws(() => parseOptions(['--seconds', '0']), /not a number from 1 to 3600/);
  assert.throws(() => parseOptions(['--quick']), /--quick/);
});

test('resident memory is read from a process status', () => {
  assert.equal(
    parseResident('Name:\tnode\nVmPeak:\t 9 kB\nVmRSS:\t   12345 kB\nThreads:\t2\n'),
    12345 * 1024,
  );
  assert.equal(parseResident('Name:\tkthreadd\n'), Number.NaN);
});

test('the limit of descriptors is the hard one', () => {
  const limits = (hard: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     \n` +
    `Max open files            1024                 ${hard.padEnd(20)} files     \n`;
  assert.equal(parseDescriptorLimit(limits('20000')), 20_000);
  assert.equal(parseDescriptorLimit(limits('unlimited')), Number.POSITIVE_INFINITY);
});

test('queues are read of established connections only, by their ports', () => {
  const text =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n' +
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n' +
    '  17: 0100007F:1F90 0200007F:C001 01 0003B330:00000010 01:00000014 00000000     0        0 2 1\n' +
    '1234: 0200007F:C001 0100007F:1F90 06 00000000:00000000 03:00001756 00000000     0        0 0 3\n';
  assert.deepEqual(parseSocketQueues(text), new Map([['8080:49153', { unsent: 0x3b330, unread: 16 }]]));
});

test('a proxy holds what it has read and not written, whatever the kernels hold', () => {
  const bytes = fc.nat(1_000_000);
  fc.assert(
    fc.property(bytes, bytes, bytes, bytes, bytes, bytes, (client, unread, unsent, held, waiting, sent) => {
      const written = client + unread + unsent;
      const queues = new Map([
        ['1:2', { unsent: sent, unread: 0 }],
        ['2:1', { unsent: 0, unread: waiting }],
        ['80:3', { unsent, unread: 0 }],
        ['3:80', { unsent: 0, unread }],
      ]);
      const sending = { token: 'a', ports: [1, 2] as const, taken: written + held + waiting + sent };
      const other = { token: 'b', ports: [1, 2] as const, taken: 1 };
      const reading = { token: 'a', localPort: 3, taken: client };
      assert.deepEqual(heldBytes([sending, other], [reading], queues, 80), [held]);
    }),
  );
});

test('an object is recognised however it is cut, and told from one with another token', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(cuts, fc.nat(200), (lengths, start) => {
      const [maker, reader] = [new ObjectBody('1-2', 1000), new ObjectBody('1-2', 300)];
      const stranger = new ObjectBody('1-3', 1000);
      let offset = start;
      for (const length of lengths) {
        const pieces: Buffer[] = [];
        for (let at = 0; at < length; at += pieces.at(-1)!.length)
          pieces.push(maker.piece(offset + at, length - at));
        const bytes = Buffer.concat(pieces);
        assert.equal(bytes.length, length);
        assert.ok(reader.matches(offset, bytes));
        if (length >= 64) assert.ok(!stranger.matches(offset, bytes));
        offset += length;
      }
    }),
  );
});

test('faults are counted by reason', () => {
  const count = new FaultCount();
  for (const fault of [new Error('ECONNRESET'), '503', new Error('ECONNRESET')]) count.add(fault);
  assert.deepEqual(count.faults, { ECONNRESET: 2, '503': 1 });
  assert.equal(sum(count.faults), 3);
  assert.equal(describe({ ECONNRESET: 2 }), '2 × ECONNRESET');
});
