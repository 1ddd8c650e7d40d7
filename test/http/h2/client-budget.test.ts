import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientBudget } from '../../../src/http/h2/client-budget.ts';

const MB = 1024 * 1024;

test('a client that sends what is of use may send any amount of it', () => {
  const budget = new ClientBudget(0, 0, 0);
  let read = 0;
  for (let second = 1; second <= 100; second++) {
    for (let piece = 0; piece < 100; piece++) {
      budget.addReceived(16_384);
      read += 16_384 + 9;
    }
    for (let request = 0; request < 100; request++) {
      assert.ok(budget.addHead(500));
      budget.removeHead(500);
      // No compression, and a priority and a window for each.
      read += 500 + 60 + 14 + 13;
    }
    assert.ok(budget.mayGoOn(read, 0, second * 1000), `second ${second}`);
  }
});

test('a client that is sent much may say much about windows', () => {
  const budget = new ClientBudget(0, 0, 0);
  let [read, sent] = [0, 0];
  for (let second = 1; second <= 100; second++) {
    for (let frame = 0; frame < 5000; frame++) {
      budget.addSent();
      sent += 1000;
      read += 2 * 13;
    }
    assert.ok(budget.mayGoOn(read, sent, second * 1000), `second ${second}`);
  }
});

test('what was on its way to a stream that is reset here is no flood, once', () => {
  const budget = new ClientBudget(0, 0, 0);
  for (let i = 0; i < 100; i++) budget.addAbandoned();
  // The bytes may come a while later.
  assert.equal(budget.mayGoOn(0, 0, 1000), true);
  assert.equal(budget.mayGoOn(100 * 65_535, 0, 2000), true);
  assert.equal(budget.mayGoOn(103 * 65_535, 0, 3000), false);
});

test('frames that bring nothing are borne for a while and no more', () => {
  const flood = new ClientBudget(0, 0, 0);
  assert.equal(flood.mayGoOn(64 * 1024, 0, 1000), true);
  assert.equal(flood.mayGoOn(2 * 64 * 1024, 0, 2000), false);
  const drip = new ClientBudget(0, 0, 0);
  for (let second = 1; second <= 1000; second++) assert.ok(drip.mayGoOn(second * 8000, 0, second * 1000));
});

test('nothing that was of use is saved up for more than a burst', () => {
  const budget = new ClientBudget(0, 0, 0);
  for (let i = 0; i < 10_000; i++) budget.addReceived(1);
  assert.equal(budget.mayGoOn(10_000, 0, 1000), true);
  assert.equal(budget.mayGoOn(10_000 + 80 * 1024, 0, 2000), false);
});

test('heads are held up to a bound, one alone whatever its size', () => {
  const budget = new ClientBudget(0, 0, 0);
  assert.equal(budget.addHead(3 * MB), true);
  assert.equal(budget.addHead(100), false);
  budget.removeHead(100);
  budget.removeHead(3 * MB);
  for (let i = 0; i < 128; i++) assert.equal(budget.addHead(16 * 1024), true);
  assert.equal(budget.addHead(16 * 1024), false);
});

test('each request that is served makes up for one that is given up', () => {
  const budget = new ClientBudget(0, 0, 0);
  for (let i = 0; i < 10_000; i++) {
    budget.addServed(0);
    assert.ok(budget.mayReset(0));
  }
});

test('a head that finds no room costs as much as ten requests given up', () => {
  const budget = new ClientBudget(0, 0, 0);
  for (let i = 0; i < 20; i++) assert.ok(budget.mayOverfill(0));
  assert.equal(budget.mayOverfill(0), false);
});

test('resets are borne in bursts, and so many a second', () => {
  const budget = new ClientBudget(0, 0, 0);
  for (let i = 0; i < 200; i++) assert.ok(budget.mayReset(0));
  assert.equal(budget.mayReset(0), false);
  for (let i = 0; i < 50; i++) assert.ok(budget.mayReset(1000));
  assert.equal(budget.mayReset(1000), false);
});
