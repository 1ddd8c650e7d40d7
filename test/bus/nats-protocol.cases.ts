import assert from 'node:assert/strict';
import {
  AuthorizationError,
  type ConnectionOptions,
  connect,
  headers,
  type NatsConnection,
  NoRespondersError,
  type Subscription,
} from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { NatsRawClient } from '../support/nats-raw-client.ts';

interface ServerUnderTest {
  readonly port: number;
  close(): Promise<void>;
}

interface ServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly user?: string;
  readonly pass?: string;
}

export type StartServer = (options: ServerOptions) => Promise<ServerUnderTest>;

/** What every server that Cellgate may take its routes from has to do, whoever wrote it. */
export function natsProtocolCases(name: string, start: StartServer): void {
  describe(`${name} serves the NATS client library`, () => {
    let server: ServerUnderTest;
    const clients: NatsConnection[] = [];

    beforeAll(async () => {
      server = await start({ port: 0 });
    });
    afterAll(async () => {
      await Promise.all(clients.map((client) => client.close()));
      await server.close();
    });

    async function join(options: ConnectionOptions = {}): Promise<NatsConnection> {
      const client = await connect({ port: server.port, ...options });
      clients.push(client);
      return client;
    }

    test('a message reaches every subscriber of its subject and nobody else', async () => {
      const [publisher, one, two, other] = await Promise.all([join(), join(), join(), join()]);
      const got = [collect(one, 'router.register'), collect(two, 'router.register')];
      const missed = collect(other, 'router.unregister');
      await settle(one, two, other);
      publisher.publish('router.register', '{"host":"10.0.0.1"}');
      publisher.publish('router.register');
      await settle(publisher, one, two, other);
      for (const texts of got) assert.deepEqual(texts, ['{"host":"10.0.0.1"}', '']);
      assert.deepEqual(missed, []);
    });

    test('wildcards match one token or the rest of the subject', async () => {
      const client = await join();
      const any = collect(client, 'wild.*.b');
      const rest = collect(client, 'wild.>');
      const both = collect(client, '*.a.>');
      for (const subject of ['wild', 'wild.a', 'wild.a.b', 'wild.c.b', 'wild.a.b.c', 'tame.a.b']) {
        client.publish(subject, subject);
      }
      await settle(client);
      assert.deepEqual(any, ['wild.a.b', 'wild.c.b']);
      assert.deepEqual(rest, ['wild.a', 'wild.a.b', 'wild.c.b', 'wild.a.b.c']);
      assert.deepEqual(both, ['wild.a.b', 'wild.a.b.c', 'tame.a.b']);
    });

    test('a request gets its reply', async () => {
      const [asking, answering] = await Promise.all([join(), join()]);
      answering.subscribe('router.greet', {
        callback: (_, message) => {
          message.respond(`hello ${message.string()}`);
        },
      });
      await settle(answering);
      const replies = await Promise.all(
        ['a', 'b', 'c'].map((text) => asking.request('router.greet', text, { timeout: 2000 })),
      );
      assert.deepEqual(
        replies.map((reply) => reply.string()),
        ['hello a', 'hello b', 'hello c'],
      );
    });

    test('a request nobody listens to fails at once', async () => {
      const client = await join();
      await assert.rejects(client.request('nobody.home', '', { timeout: 5000 }), (error: Error) => {
        return error instanceof NoRespondersError || error.cause instanceof NoRespondersError;
      });
    });

    test('each queue group gets a message once, beside the subscribers of their own', async () => {
      const [publisher, ...members] = await Promise.all([join(), join(), join(), join()]);
      const blue = members.map((member) => collect(member, 'jobs.new', { queue: 'blue' }));
      const green = members.map((member) => collect(member, 'jobs.*', { queue: 'green' }));
      const own = collect(members[0]!, 'jobs.>');
      await settle(...members);
      const sent = Array.from({ length: 300 }, (_, i) => String(i));
      for (const text of sent) publisher.publish('jobs.new', text);
      await settle(publisher, ...members);
      for (const group of [blue, green]) {
        assert.deepEqual(group.flat().sort(numerically), sent);
        for (const texts of group) assert.ok(texts.length > 0, 'every member gets its share');
      }
      assert.deepEqual(own, sent);
    });

    test('a queue group spans all the subjects its members subscribed to', async () => {
      const client = await join();
      const got = [collect(client, 'span.a', { queue: 'q' }), collect(client, 'span.*', { queue: 'q' })];
      for (let i = 0; i < 100; i++) client.publish('span.a', String(i));
      await settle(client);
      assert.equal(got.flat().length, 100);
    });

    test('a subscription ends after the number of messages it asked for', async () => {
      const client = await join();
      const limited = collect(client, 'limited', { max: 3 });
      const late = client.subscribe('limited');
      for (let i = 0; i < 5; i++) client.publish('limited', String(i));
      await settle(client);
      late.unsubscribe();
      client.publish('limited', 'after');
      await settle(client);
      assert.deepEqual(limited, ['0', '1', '2']);
      assert.equal(late.getReceived(), 5);
    });

    test('headers travel with the message', async () => {
      const client = await join();
      const arrived = firstMessage(client.subscribe('with.headers'));
      const sent = headers();
      sent.append('Trace', 'one');
      sent.append('Trace', 'two');
      client.publish('with.headers', 'body', { headers: sent });
      const message = await arrived;
      assert.deepEqual(message.headers?.values('Trace'), ['one', 'two']);
      assert.equal(message.string(), 'body');
    });

    test('a payload of 1 MiB arrives whole', async () => {
      const client = await join();
      assert.equal(client.info?.max_payload, 1024 * 1024);
      const sent = Buffer.alloc(1024 * 1024, 'payload ');
      const arrived = firstMessage(client.subscribe('large'));
      client.publish('large', sent);
      assert.ok(sent.equals((await arrived).data));
    });

    test('a client that asks for no echo does not hear itself', async () => {
      const [silent, other] = await Promise.all([join({ noEcho: true }), join()]);
      const own = collect(silent, 'echo');
      const heard = collect(other, 'echo');
      await settle(silent, other);
      silent.publish('echo', 'x');
      await settle(silent, other);
      assert.deepEqual(own, []);
      assert.deepEqual(heard, ['x']);
    });

    test('two hundred clients each get what is for them and what is for all', async () => {
      const many = await Promise.all(Array.from({ length: 200 }, () => join()));
      const got = many.map((client, i) => [collect(client, `cell.${i}`), collect(client, 'cell.all')]);
      await settle(...many);
      const publisher = many[0]!;
      publisher.publish('cell.all', 'all');
      for (let i = 0; i < many.length; i++) publisher.publish(`cell.${i}`, String(i));
      await settle(publisher);
      await settle(...many);
      got.forEach((texts, i) => {
        assert.deepEqual(texts, [[String(i)], ['all']]);
      });
    });

    test('a burst of 50 000 messages arrives complete and in order', async () => {
      const [publisher, subscriber] = await Promise.all([join(), join()]);
      const got = collect(subscriber, 'burst');
      await settle(subscriber);
      for (let i = 0; i < 50_000; i++) publisher.publish('burst', String(i));
      await settle(publisher, subscriber);
      assert.equal(got.length, 50_000);
      assert.ok(got.every((text, i) => text === String(i)));
    });

    test('draining delivers what was already sent before the client leaves', async () => {
      const [publisher, leaving] = await Promise.all([join(), join()]);
      const got = collect(leaving, 'drained');
      await settle(leaving);
      for (let i = 0; i < 1000; i++) publisher.publish('drained', String(i));
      await settle(publisher);
      await leaving.drain();
      assert.equal(got.length, 1000);
      assert.ok(leaving.isClosed());
      await publisher.drain();
      assert.equal(await publisher.closed(), undefined);
    });
  });

  describe(`${name} as a server that comes and goes`, () => {
    test('clients find it again on the same port, with their subscriptions', async (t) => {
      const first = await start({ port: 0 });
      t.onTestFinished(() => first.close());
      const join = async () => {
        const client = await connect({ port: first.port, reconnectTimeWait: 20, maxReconnectAttempts: -1 });
        t.onTestFinished(() => client.close());
        return client;
      };
      const [publisher, subscriber] = await Promise.all([join(), join()]);
      const arrived = firstMessage(subscriber.subscribe('after.restart'));
      await settle(subscriber);
      const back = Promise.all([reconnected(publisher), reconnected(subscriber)]);
      await first.close();
      const second = await start({ port: first.port });
      t.onTestFinished(() => second.close());
      await back;
      await settle(subscriber);
      publisher.publish('after.restart', 'still here');
      assert.equal((await arrived).string(), 'still here');
    });

    test('with a user only the right password is let in', async (t) => {
      const server = await start({ port: 0, user: 'cell', pass: 'pässword' });
      t.onTestFinished(() => server.close());
      const { port } = server;
      const admitted = await connect({ port, user: 'cell', pass: 'pässword' });
      t.onTestFinished(() => admitted.close());
      await settle(admitted);
      for (const login of [{}, { user: 'cell', pass: 'wrong' }, { user: 'other', pass: 'pässword' }]) {
        await assert.rejects(connect({ port, reconnect: false, ...login }), AuthorizationError);
      }
      using raw = await NatsRawClient.connect(port);
      assert.equal(raw.info['auth_required'], true);
      raw.send('PUB a 1\r\nx\r\n');
      await raw.closed();
      assert.equal(raw.answer, "-ERR 'Authorization Violation'\r\n");
    });
  });

  describe(`${name} on the wire`, () => {
    let server: ServerUnderTest;

    beforeAll(async () => {
      server = await start({ port: 0 });
    });
    afterAll(() => server.close());

    /** The answer, up to the one to a last PING. */
    async function exchange(input: string, options: object = {}): Promise<string> {
      using client = await NatsRawClient.connect(server.port);
      client.send(`CONNECT ${JSON.stringify({ verbose: false, ...options })}\r\n${input}`);
      await client.roundTrip();
      return client.answer.replace(/PONG\r\n$/, '');
    }

    /** The answer when the server is to end the connection. */
    async function cutOff(input: string, options: object = {}): Promise<string> {
      using client = await NatsRawClient.connect(server.port);
      client.send(`CONNECT ${JSON.stringify({ verbose: false, ...options })}\r\n${input}`);
      await client.closed();
      return client.answer;
    }

    test('input may be split at every byte', async () => {
      const input =
        'CONNECT {"verbose":false,"headers":true}\r\nSUB split.* 1\r\nPUB split.a r.s 5\r\nh\r\nlo\r\n' +
        'HPUB split.b 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nxy\r\nUNSUB 1\r\nPUB split.a 0\r\n\r\nPING\r\n';
      const expected =
        'MSG split.a 1 r.s 5\r\nh\r\nlo\r\nHMSG split.b 1 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nxy\r\nPONG\r\n';
      using other = await NatsRawClient.connect(server.port);
      for (let at = 1; at < input.length; at++) {
        using client = await NatsRawClient.connect(server.port);
        await client.sendApart([input.slice(0, at), input.slice(at)], other);
        await client.until(/PONG\r\n/);
        assert.equal(client.answer, expected, `split at ${at}`);
      }
      using client = await NatsRawClient.connect(server.port);
      await client.sendApart([...input], other);
      await client.until(/PONG\r\n/);
      assert.equal(client.answer, expected);
    });

    test('PING is answered, before CONNECT too', async () => {
      using client = await NatsRawClient.connect(server.port);
      client.send('PING\r\nPING\r\n');
      await client.until(/PONG\r\nPONG\r\n$/);
    });

    test('operations may be in lower case, separated by tabs and runs of spaces, ended by LF alone', async () => {
      assert.equal(await exchange('sub  a\t1 \nPuB\ta   2\r\nhi\r\n'), 'MSG a 1 2\r\nhi\r\n');
    });

    test('a verbose client gets +OK for what it sends', async () => {
      assert.equal(
        await exchange('SUB a 1\r\nPUB a 1\r\nx\r\nUNSUB 1\r\nUNSUB 99\r\n', { verbose: true }),
        '+OK\r\n+OK\r\n+OK\r\nMSG a 1 1\r\nx\r\n+OK\r\n+OK\r\n',
      );
    });

    test('an unknown operation ends the connection', async () => {
      for (const input of ['FOO\r\n', 'PIX\r\n', 'GET / HTTP/1.1\r\n', '\r\n', 'MSG a 1 1\r\nx\r\n']) {
        assert.equal(await cutOff(input), "-ERR 'Unknown Protocol Operation'\r\n", JSON.stringify(input));
      }
    });

    test('a payload that is not followed by CRLF ends the connection', async () => {
      for (const input of ['PUB a 1\r\nxyz\r\n', 'PUB a 2\r\nhi\nPING\r\n']) {
        assert.equal(await cutOff(input), "-ERR 'Unknown Protocol Operation'\r\n", JSON.stringify(input));
      }
    });

    test('a control line beyond 4096 bytes ends the connection', async () => {
      const subject = 'a'.repeat(5000);
      for (const input of [`SUB ${subject} 1\r\n`, `SUB ${subject}`, `PUB ${subject} 1\r\nx\r\n`]) {
        assert.match(await cutOff(input), /^-ERR 'maximum control line exceeded'\r\n$/i);
      }
      const longest = `SUB ${'a'.repeat(4000)} 1\r\n`;
      assert.equal(await exchange(longest), '');
    });

    test('a payload beyond the maximum ends the connection before it is read', async () => {
      assert.equal(await cutOff('PUB a 1048577\r\n'), "-ERR 'Maximum Payload Violation'\r\n");
      assert.equal(
        await cutOff('HPUB a 12 1048577\r\n', { headers: true }),
        "-ERR 'Maximum Payload Violation'\r\n",
      );
    });

    test('sizes that are not numbers, or not possible, end the connection', async () => {
      for (const input of ['PUB a x', 'PUB a -1', 'PUB a 1234567890', 'PUB a', 'PUB a b c 1', 'HPUB a 2 1']) {
        const answer = await cutOff(`SUB a 1\r\n${input}\r\nx\r\n`, { headers: true });
        assert.doesNotMatch(answer, /MSG/, input);
      }
    });

    test('an invalid subject is refused and the connection goes on', async () => {
      for (const subject of ['a..b', '.a', 'a.', '.', '>.a', 'a.>.b']) {
        assert.equal(await exchange(`SUB ${subject} 1\r\n`), "-ERR 'Invalid Subject'\r\n", subject);
      }
      for (const subject of ['a..b', '.a', 'a.', '*', 'a.*', '>', 'a.>']) {
        assert.equal(
          await exchange(`PUB ${subject} 1\r\nx\r\n`, { pedantic: true }),
          "-ERR 'Invalid Publish Subject'\r\n",
          subject,
        );
      }
      assert.equal(await exchange('SUB > 1\r\nPUB a..b 1\r\nx\r\n', { pedantic: false }), '');
    });

    test('a wildcard is one only as a whole token', async () => {
      assert.equal(
        await exchange('SUB a* 1\r\nSUB b.c> 2\r\nPUB a* 1\r\nx\r\nPUB ab 1\r\nx\r\nPUB b.c> 1\r\nx\r\n'),
        'MSG a* 1 1\r\nx\r\nMSG b.c> 2 1\r\nx\r\n',
      );
    });

    test('a second subscription with the same id changes nothing', async () => {
      assert.equal(
        await exchange('SUB a 1\r\nSUB b 1\r\nPUB b 1\r\nx\r\nPUB a 1\r\ny\r\n'),
        'MSG a 1 1\r\ny\r\n',
      );
    });

    test('UNSUB with a maximum counts from SUB, and ends at once what is already beyond it', async () => {
      const pub = 'PUB a 1\r\nx\r\n';
      const msg = 'MSG a 1 1\r\nx\r\n';
      assert.equal(await exchange(`SUB a 1\r\n${pub}UNSUB 1 2\r\n${pub}${pub}`), msg + msg);
      assert.equal(await exchange(`SUB a 1\r\n${pub}${pub}UNSUB 1 2\r\n${pub}`), msg + msg);
      assert.equal(await exchange(`SUB a 1\r\n${pub}UNSUB 1\r\n${pub}`), msg);
    });

    test('a client without headers gets the payload alone', async () => {
      using plain = await NatsRawClient.connect(server.port);
      plain.send('CONNECT {"verbose":false}\r\nSUB mixed 1\r\n');
      await plain.roundTrip();
      await exchange('HPUB mixed 12 13\r\nNATS/1.0\r\n\r\nx\r\n', { headers: true });
      await plain.until(/MSG mixed 1 1\r\nx\r\n$/);
      assert.doesNotMatch(await cutOff('SUB a 1\r\nHPUB a 12 13\r\nNATS/1.0\r\n\r\nx\r\n'), /MSG/);
    });

    test('a request nobody listens to is answered with status 503 where the client asked for that', async () => {
      const request = 'SUB r.* 1\r\nPUB nobody r.1 1\r\nx\r\n';
      assert.equal(
        await exchange(request, { headers: true, no_responders: true }),
        'HMSG r.1 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n',
      );
      assert.equal(await exchange(request, { headers: true }), '');
      assert.equal(
        await cutOff('', { no_responders: true }),
        "-ERR 'no responders requires headers support'\r\n",
      );
    });

    test('CONNECT that is not a JSON object ends the connection', async () => {
      for (const text of ['', '{bad', '{"verbose":"yes"}']) {
        using client = await NatsRawClient.connect(server.port);
        client.send(`CONNECT ${text}\r\nPING\r\n`);
        await client.closed();
        assert.doesNotMatch(client.answer, /PONG/, text);
      }
    });

    test('what was sent before the client shut its side is still delivered', async () => {
      using listening = await NatsRawClient.connect(server.port);
      listening.send('CONNECT {"verbose":false}\r\nSUB last 1\r\n');
      await listening.roundTrip();
      using leaving = await NatsRawClient.connect(server.port);
      leaving.socket.end('CONNECT {"verbose":false}\r\nPUB last 5\r\nwords\r\n');
      await listening.until(/MSG last 1 5\r\nwords\r\n$/);
      await leaving.closed();
    });
  });
}

/** The payloads a new subscription gets, as they come. */
function collect(client: NatsConnection, subject: string, options: { queue?: string; max?: number } = {}) {
  const texts: string[] = [];
  client.subscribe(subject, {
    ...options,
    callback: (_, message) => {
      texts.push(message.string());
    },
  });
  return texts;
}

async function firstMessage(subscription: Subscription) {
  for await (const message of subscription) return message;
  throw new Error('the subscription ended without a message');
}

/** Waits until the server has handled what each client sent, and each client what it was sent by then. */
async function settle(...clients: readonly NatsConnection[]): Promise<void> {
  for (const client of clients) await client.flush();
}

async function reconnected(client: NatsConnection): Promise<void> {
  for await (const status of client.status()) {
    if (status.type === 'reconnect') return;
  }
}

function numerically(a: string, b: string): number {
  return Number(a) - Number(b);
}
