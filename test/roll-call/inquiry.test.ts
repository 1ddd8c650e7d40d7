import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { Bus, MessageHandler } from '../../src/bus/bus.ts';
import { Inquiry, type Topic } from '../../src/roll-call/inquiry.ts';

/** Delivers at once, to all. */
class TestBus implements Bus {
  readonly #subscriptions: { readonly subject: RegExp; readonly handle: MessageHandler }[] = [];

  publish(subject: string, payload: Uint8Array, reply = ''): void {
    for (const { subject: pattern, handle } of this.#subscriptions) {
      if (pattern.test(subject)) handle(subject, payload, reply);
    }
  }

  subscribe(subject: string, handle: MessageHandler): void {
    const pattern = subject.replaceAll('.', '\\.').replaceAll('*', '[^.]+');
    this.#subscriptions.push({ subject: new RegExp(`^${pattern}$`), handle });
  }

  onReconnect(): void {}

  async flush(): Promise<void> {}
}

interface Doubled {
  readonly twice: number;
}

function doubling(id: string, bus: Bus | null, more: Partial<Topic<{ n: number }, Doubled>> = {}) {
  const inquiry = new Inquiry<{ n: number }, Doubled>({
    id,
    name: 'double',
    longest: 200,
    readQuestion: ({ n }) => (typeof n === 'number' ? { n } : null),
    readAnswer: ({ twice }) => (typeof twice === 'number' ? { twice } : null),
    answer: ({ n }) => ({ twice: 2 * n }),
    ...more,
  });
  if (bus !== null) inquiry.connect(bus);
  return inquiry;
}

/** Longer than any test: who waits for it has waited for the wrong thing. */
const LONG = 60_000;

describe('a question to all routers', () => {
  test('is over as soon as those that are awaited have answered', async () => {
    const bus = new TestBus();
    const one = doubling('one', bus);
    doubling('two', bus);
    doubling('three', bus, { answer: async ({ n }) => ({ twice: 3 * n }) });
    const answers = await one.ask({ n: 4 }, LONG, ['one', 'two', 'three']);
    assert.deepEqual([...answers].toSorted(), [
      ['one', { twice: 8 }],
      ['three', { twice: 12 }],
      ['two', { twice: 8 }],
    ]);
    assert.deepEqual([...(await one.ask({ n: 1 }, LONG, ['one']))], [['one', { twice: 2 }]]);
  });

  test('ends in time without those that do not answer, and at a stop', async () => {
    const bus = new TestBus();
    const one = doubling('one', bus);
    assert.deepEqual([...(await one.ask({ n: 1 }, 10, ['one', 'gone'])).keys()], ['one']);
    const waiting = one.ask({ n: 1 }, LONG, ['gone']);
    one.stop();
    assert.deepEqual([...(await waiting).keys()], ['one']);
    assert.deepEqual(
      [...(await doubling('alone', null).ask({ n: 2 }, LONG, ['gone'])).values()],
      [{ twice: 4 }],
    );
  });

  test('is no question, and has no answer, where somebody else writes what is none', async () => {
    const bus = new TestBus();
    const one = doubling('one', bus);
    let replied = 0;
    bus.subscribe('cellgate.v1.double.ask', (_subject, _payload, reply) => {
      if (reply === 'nobody') return;
      for (const text of ['', '{', '[]', '{"id":"x y","twice":1}', '{"id":"x"}', '{"id":"one","twice":7}']) {
        bus.publish(reply, Buffer.from(text));
      }
      bus.publish(reply, Buffer.from(JSON.stringify({ id: 'x', twice: 1, more: 'x'.repeat(500) })));
      replied++;
    });
    bus.subscribe('nobody', () => assert.fail('nothing is answered to what is no question'));
    for (const text of ['', 'null', '{"n":"1"}', JSON.stringify({ n: 1, more: 'x'.repeat(20_000) })]) {
      bus.publish('cellgate.v1.double.ask', Buffer.from(text), 'nobody');
    }
    assert.deepEqual([...(await one.ask({ n: 1 }, 10, ['x']))], [['one', { twice: 2 }]]);
    assert.ok(replied > 0);
  });
});
