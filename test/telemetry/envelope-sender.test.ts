import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'vitest';
import { EnvelopePost } from '../../src/telemetry/envelope-post.ts';
import { EnvelopeSender, type FromEnvelopeThread } from '../../src/telemetry/envelope-sender.ts';
import { RequestEnvelopes } from '../../src/telemetry/request-envelopes.ts';

/** Who tells, and who sends, on one thread. */
async function fixture() {
  const agent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(agent, 'listening');
  let dropped = 0;
  const post = new EnvelopePost((count) => {
    dropped += count;
  });
  const say = (message: FromEnvelopeThread): void => {
    if (message.kind === 'sent') post.takeBack(message.memory, message.count, message.dropped);
  };
  const sender = new EnvelopeSender({ host: '127.0.0.1', port: agent.address().port }, say);
  post.carrier = { listens: true, carry: (batch) => sender.take(batch) };
  return { agent, post, envelopes: new RequestEnvelopes(post), dropped: () => dropped };
}

async function end(agent: Socket): Promise<void> {
  const closed = once(agent, 'close');
  agent.close();
  await closed;
}

for (const count of [1, 2, 3, 200]) {
  test(`of ${count} that are sent to an agent that has gone each counts as dropped`, async () => {
    const { agent, post, envelopes, dropped } = await fixture();
    const heard = once(agent, 'message');
    envelopes.lookedUp(0);
    await post.settle();
    await heard;
    assert.equal(dropped(), 0);
    await end(agent);
    for (let told = 1; told <= count; told++) envelopes.lookedUp(told);
    await post.settle();
    assert.equal(dropped(), count);
    envelopes.lookedUp(0);
    await post.settle();
    assert.equal(dropped(), count + 1, 'and what comes while it is away');
  });
}
