import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { AddressBudgets } from '../../../src/http/h2/connection/address-budgets.ts';
import { Budget } from '../../../src/http/h2/connection/budget.ts';
import { HeldMemory } from '../../../src/http/h2/connection/held-memory.ts';

test('a client that is sent much may say as much about windows', () => {
  const budget = new Budget('connection', 0);
  for (let second = 1; second <= 100; second++) {
    for (let frame = 0; frame < 5000; frame++) {
      budget.earn(1, 0, second * 1000);
      assert.ok(budget.mayWaste(1, second * 1000), `second ${second}`);
    }
  }
});

test('frames that bring nothing are borne in a burst, and so many a second', () => {
  const flood = new Budget('connection', 0);
  for (let i = 0; i < 2000; i++) assert.ok(flood.mayWaste(1, 0), `frame ${i}`);
  assert.equal(flood.mayWaste(1, 0), false);
  const drip = new Budget('connection', 0);
  for (let second = 1; second <= 1000; second++) assert.ok(drip.mayWaste(200, second * 1000));
});

test('nothing that was of use is saved up without end', () => {
  const budget = new Budget('connection', 0);
  budget.earn(1_000_000, 1_000_000, 0);
  for (let i = 0; i < 4000; i++) assert.ok(budget.mayWaste(1, 0));
  assert.equal(budget.mayWaste(1, 0), false);
  for (let i = 0; i < 2200; i++) assert.ok(budget.mayReset(0));
  assert.equal(budget.mayReset(0), false);
});

test('each request that is served makes up for one that is given up', () => {
  const budget = new Budget('connection', 0);
  for (let i = 0; i < 10_000; i++) {
    budget.earn(0, 1, 0);
    assert.ok(budget.mayReset(0));
  }
});

test('resets are borne in bursts, and so many a second; a head that finds no room costs ten', () => {
  const budget = new Budget('connection', 0);
  for (let i = 0; i < 200; i++) assert.ok(budget.mayReset(0));
  assert.equal(budget.mayReset(0), false);
  for (let i = 0; i < 50; i++) assert.ok(budget.mayReset(1000));
  assert.equal(budget.mayReset(1000), false);
  const heads = new Budget('connection', 0);
  for (let i = 0; i < 20; i++) assert.ok(heads.mayOverfill(0));
  assert.equal(heads.mayOverfill(0), false);
});

test('a budget is full again once time has made up for all of it', () => {
  const budget = new Budget('address', 0);
  assert.ok(budget.isFull(0));
  budget.mayReset(0);
  assert.equal(budget.isFull(0), false);
  assert.ok(budget.isFull(10));
});

test('connections of one address share a budget, those of another have their own', () => {
  const budgets = new AddressBudgets();
  assert.equal(budgets.of('10.0.0.1', 0), budgets.of('10.0.0.1', 0));
  assert.notEqual(budgets.of('10.0.0.1', 0), budgets.of('10.0.0.2', 0));
});

test('RFC 6177 §2 whoever has one address of an IPv6 network has them all', () => {
  const budgets = new AddressBudgets();
  const one = budgets.of('2001:db8:1:2::1', 0);
  for (const alike of ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:ffff::', '2001:db8:1:2::']) {
    assert.equal(budgets.of(alike, 0), one, alike);
  }
  for (const other of ['2001:db8:1:3::1', '2001:db8:1::2', '2001:db8::1:2', '::1', '2001:db8:2:1::1']) {
    assert.notEqual(budgets.of(other, 0), one, other);
  }
  assert.equal(budgets.of('::1', 0), budgets.of('::2', 0));
});

test('an address that goes on spending is remembered however many others come', () => {
  const budgets = new AddressBudgets();
  const spent = budgets.of('10.0.0.1', 0);
  spent.mayReset(0);
  for (let i = 0; i < 30_000; i++) {
    budgets.of(`10.1.${i >> 8}.${i & 0xff}`, 0).mayReset(0);
    spent.mayReset(0);
    if (i % 1000 === 0) assert.equal(budgets.of('10.0.0.1', 0), spent, `after ${i}`);
  }
});

test('of all that hold what nobody takes the one with most gives way, and the sum is what is held', () => {
  const steps = fc.array(fc.tuple(fc.nat(5), fc.integer({ min: -50, max: 100 })), {
    maxLength: 100,
    size: 'max',
  });
  const property = fc.property(steps, (list) => {
    const memory = new HeldMemory(200);
    const holders = Array.from({ length: 6 }, () => {
      const holder = {
        held: 0,
        shed(): void {
          assert.equal(this.held, Math.max(...holders.map(({ held }) => held)));
          change(this, -this.held);
        },
      };
      return holder;
    });
    const change = (holder: { held: number }, bytes: number) => {
      holder.held += bytes;
      memory.change(bytes);
    };
    for (const holder of holders) memory.enter(holder);
    for (const [i, bytes] of list) {
      const holder = holders[i]!;
      change(holder, Math.max(bytes, -holder.held));
      assert.equal(
        memory.held,
        holders.reduce((sum, { held }) => sum + held, 0),
      );
      assert.ok(memory.held <= 200);
    }
  });
  fc.assert(property, { numRuns: 200, seed: 9113 });
});
