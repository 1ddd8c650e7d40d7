import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { type EnvelopeBatch, envelopesOf } from '../../src/telemetry/envelope-batch.ts';
import { type EnvelopeCarrier, EnvelopePost } from '../../src/telemetry/envelope-post.ts';
import { LineBytes } from '../../src/telemetry/line-bytes.ts';
import { RequestEnvelopes } from '../../src/telemetry/request-envelopes.ts';
import { emptyStartStop } from '../../src/telemetry/start-stop.ts';
import { toldInstance } from '../../src/telemetry/told-instance.ts';
import { ENVELOPE, readMessage } from '../support/envelope-reader.ts';

/** One that keeps what it is given until it is asked to send. */
class Sender implements EnvelopeCarrier {
  listens = true;
  readonly values: number[] = [];
  readonly #post: EnvelopePost;
  #out: EnvelopeBatch[] = [];

  constructor(post: EnvelopePost) {
    this.#post = post;
    post.carrier = this;
  }

  carry(batch: EnvelopeBatch): void {
    this.#out.push(batch);
  }

  get out(): number {
    return this.#out.length;
  }

  /** @param lost of the oldest batch */
  send(lost = 0): void {
    const batch = this.#out.shift();
    if (batch === undefined) return;
    for (const envelope of envelopesOf(batch)) {
      const value = readMessage(envelope, ENVELOPE)[9]?.[0] as Record<number, number[]> | undefined;
      if (value !== undefined) this.values.push(value[2]![0]!);
    }
    this.#post.takeBack(batch.memory, batch.count, lost);
  }

  end(): void {
    this.#out = [];
    this.#post.writeOff();
  }
}

function fixture() {
  const told = { dropped: 0 };
  const post = new EnvelopePost((count) => {
    told.dropped += count;
  });
  const sender = new Sender(post);
  return { told, post, sender, envelopes: new RequestEnvelopes(post) };
}

test('each envelope is sent, in order, or counted as dropped, however slowly batches come back', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('tell' as const), count: fc.integer({ min: 1, max: 3000 }) }),
    fc.constant({ kind: 'send' as const }),
    fc.constant({ kind: 'flush' as const }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { told, post, sender, envelopes } = fixture();
      let next = 0;
      for (const each of steps) {
        if (each.kind === 'tell') for (let i = 0; i < each.count; i++) envelopes.lookedUp(next++);
        else if (each.kind === 'send') sender.send();
        else post.flush();
        assert.ok(sender.out <= 8);
      }
      while (sender.out > 0) sender.send();
      post.flush();
      while (sender.out > 0) sender.send();
      assert.equal(sender.values.length + told.dropped, next);
      assert.deepEqual(
        sender.values,
        sender.values.toSorted((a, b) => a - b),
      );
    }),
  );
});

test('what the sender could not send, and what ended with it, is counted', async () => {
  const { told, post, sender, envelopes } = fixture();
  for (let i = 0; i < 5; i++) envelopes.lookedUp(i);
  post.flush();
  sender.send(2);
  assert.equal(told.dropped, 2);
  for (let i = 0; i < 3; i++) envelopes.lookedUp(i);
  const settled = post.settle();
  sender.end();
  await settled;
  assert.equal(told.dropped, 5);
  envelopes.lookedUp(9);
  post.flush();
  sender.send();
  assert.deepEqual([sender.values.at(-1), told.dropped], [9, 5]);
});

test('while nobody listens envelopes are not even made, and counted', () => {
  const { told, post, sender, envelopes } = fixture();
  sender.listens = false;
  envelopes.lookedUp(1);
  envelopes.answered('web', 1, 1);
  envelopes.startStop(null);
  envelopes.appLog('0').write(toldInstance({ appId: 'a', index: '0', id: '', tags: null }), new LineBytes());
  post.flush();
  assert.deepEqual([told.dropped, sender.out], [6, 0]);
});

test('an event that cannot be written spoils none of those before and behind it', () => {
  const { told, post, sender, envelopes } = fixture();
  envelopes.lookedUp(1);
  const event = {
    ...emptyStartStop(),
    instance: toldInstance({ appId: 'a', index: '0', id: 'i', tags: { a: 'b' } }),
  };
  Object.defineProperty(event, 'forwarded', {
    get: () => {
      throw new Error('a fault of ours');
    },
  });
  assert.throws(() => envelopes.startStop(event), /a fault of ours/);
  post.flush();
  sender.send();
  assert.throws(() => envelopes.startStop(event), /a fault of ours/);
  envelopes.lookedUp(2);
  post.flush();
  sender.send();
  assert.deepEqual([sender.values, told.dropped], [[1, 2], 0]);
});
