import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Account, memoryGrowth } from '../../bench/reliability/moves/account.ts';
import { Acquaintances } from '../../bench/reliability/moves/acquaintances.ts';
import { Announced, differences, type Registration } from '../../bench/reliability/moves/announced.ts';
import { Applications, hostsOf, registrationOf } from '../../bench/reliability/moves/applications.ts';
import { Bystanders, type Word } from '../../bench/reliability/moves/bystanders.ts';
import { type Answer, Ledger } from '../../bench/reliability/moves/ledger.ts';
import { sizeOf, strikesOf } from '../../bench/reliability/moves/size.ts';
import { Random } from '../../fuzz/random.ts';
import { decodeRouteMessage } from '../../src/bus/route-message.ts';
import { RegistryFixture } from '../support/registry-fixture.ts';

const OLD = { id: 'old', app: 'a', index: '0', address: '127.0.1.1:80' };
const NEW = { id: 'new', app: 'b', index: '0', address: '127.0.1.1:80' };

/** Of a seed. */
function chance(seed: number): () => number {
  const random = new Random(seed, 0);
  return () => random.below(2 ** 30) / 2 ** 30;
}

/** The address was with one application until 1000, and is with another from 2000 on. */
function movedLedger(): Ledger {
  const ledger = new Ledger(500);
  ledger.arrive('a.test', OLD, 0);
  ledger.leave('a.test', OLD, 1000);
  ledger.arrive('b.test', NEW, 2000);
  return ledger;
}

function answer(by: typeof OLD, host: string, at: number, pin = ''): Answer {
  return { ...by, host, at, sentAt: at - 1, pin };
}

test('an answer is right while its instance has the route at its address', () => {
  const ledger = movedLedger();
  assert.equal(ledger.judge(answer(OLD, 'a.test', 999)).verdict, 'right');
  assert.equal(ledger.judge(answer(NEW, 'b.test', 2000)).verdict, 'right');
  assert.equal(ledger.judge(answer(NEW, 'b.test', 1999)).verdict, 'wrong instance');
  assert.equal(
    ledger.judge(answer({ ...NEW, address: '127.0.1.2:80' }, 'b.test', 2000)).verdict,
    'wrong instance',
  );
});

test('an instance that has left may answer for as long as the window lasts', () => {
  const ledger = movedLedger();
  assert.deepEqual(ledger.judge(answer(OLD, 'a.test', 1500)), { verdict: 'late', after: 500 });
  assert.deepEqual(ledger.judge(answer(OLD, 'a.test', 1501)), { verdict: 'wrong instance', after: 501 });
});

test('another application at the address is excused in the window alone', () => {
  const ledger = movedLedger();
  assert.deepEqual(ledger.judge(answer(NEW, 'a.test', 1400)), { verdict: 'in the window', after: 400 });
  assert.deepEqual(ledger.judge(answer(NEW, 'a.test', 2100)), { verdict: 'wrong application', after: 1100 });
  assert.equal(
    ledger.judge(answer({ ...NEW, address: '127.0.1.2:80' }, 'a.test', 1400)).verdict,
    'wrong application',
  );
});

test('nobody is excused at an address that has not been left', () => {
  const ledger = new Ledger(500);
  ledger.arrive('a.test', OLD, 0);
  assert.equal(ledger.judge(answer(NEW, 'a.test', 10)).verdict, 'wrong application');
});

test('an instance that loses a route and has it again is right but for the time between', () => {
  const ledger = new Ledger(500);
  ledger.arrive('a.test', OLD, 0);
  ledger.leave('a.test', OLD, 1000);
  ledger.arrive('a.test', OLD, 3000);
  const verdicts = [999, 1200, 2000, 3000, 9000].map((at) => ledger.judge(answer(OLD, 'a.test', at)).verdict);
  assert.deepEqual(verdicts, ['right', 'late', 'wrong instance', 'right', 'right']);
});

test('of two at one address both are right until the bus has told that one has the place of the other', () => {
  const ledger = new Ledger(500);
  const next = { ...OLD, id: 'next', index: '1' };
  ledger.arrive('a.test', OLD, 0);
  ledger.arrive('a.test', next, 1000);
  ledger.leave('a.test', OLD, 1010);
  assert.equal(ledger.judge(answer(OLD, 'a.test', 1005)).verdict, 'right');
  assert.equal(ledger.judge(answer(next, 'a.test', 1005)).verdict, 'right');
  assert.equal(ledger.judge(answer(OLD, 'a.test', 1600)).verdict, 'wrong instance');
  assert.equal(ledger.judge(answer(next, 'a.test', 1600)).verdict, 'right');
});

test('a pinned request is answered by the instance it names, or wrongly', () => {
  const ledger = movedLedger();
  assert.equal(ledger.judge(answer(OLD, 'a.test', 10, 'a:0')).verdict, 'right');
  assert.equal(ledger.judge(answer(OLD, 'a.test', 10, 'a:1')).verdict, 'not the one pinned');
  assert.equal(ledger.judge(answer(OLD, 'a.test', 1100, 'a:1')).verdict, 'not the one pinned');
  assert.equal(ledger.judge(answer(NEW, 'a.test', 2100, 'a:0')).verdict, 'wrong application');
});

test('wrong answers are told by whether the request was older than the change', () => {
  const account = new Account();
  const answers = [
    answer(OLD, 'a.test', 1200),
    { ...answer(NEW, 'a.test', 2100, 'a:0'), sentAt: 900 },
    { ...answer(NEW, 'a.test', 2100), sentAt: 1100 },
  ];
  const faults = { '404 unknown_route': 2, 'closed without an answer': 1, '502 endpoint_failure': 4 };
  account.add({ requests: 10, pinned: 1, inSessions: 0, answers, faults, strange: [] });
  const { counts, wrongToPinned, wrongToOld, latest, wrong } = account.judge(movedLedger());
  assert.equal(counts['wrong application'], 2);
  assert.deepEqual([counts.late, latest, wrongToPinned, wrongToOld, wrong.length], [1, 200, 1, 1, 2]);
  assert.deepEqual([account.unanswered, account.failed], [7, 5]);
});

test('memory is flat when the last quarter is not above the second by a twentieth, or ten megabytes', () => {
  const samples = (second: number, last: number) => [500, 500, second, second, 900, 900, last, last];
  assert.deepEqual(memoryGrowth(samples(100, 110)), { growth: 10, bound: 10 });
  assert.deepEqual(memoryGrowth(samples(400, 390)), { growth: -10, bound: 20 });
  assert.throws(() => memoryGrowth([1, 2, 3]), /not looked at often enough/);
});

test('a run is scaled, but never so far that it means nothing', () => {
  assert.deepEqual(sizeOf(1), { seconds: 240, messages: 2500, killed: 15, stuck: 2 });
  assert.deepEqual(sizeOf(0.5), { seconds: 120, messages: 1250, killed: 8, stuck: 1 });
  assert.deepEqual(sizeOf(0.01), { seconds: 20, messages: 1000, killed: 3, stuck: 1 });
});

test('as many threads are killed and made to stand still as the size says', () => {
  for (const scale of [1, 0.7, 0.5, 0.01]) {
    const size = sizeOf(scale);
    const strikes = strikesOf(size);
    assert.equal(strikes.filter((how) => how === 'kill').length, size.killed);
    assert.equal(strikes.filter((how) => how === 'stick').length, size.stuck);
    assert.equal(strikes.at(-1), 'kill');
  }
});

test('each tenant of an address is another instance, with the hosts of its application', () => {
  const applications = new Applications(20, chance(1));
  const tenants = Array.from({ length: 500 }, (_, each) => applications.settle(`127.0.1.${each % 60}:80`));
  assert.equal(new Set(tenants.map(({ id }) => id)).size, 500);
  assert.equal(new Set(tenants.map(({ app }) => app)).size, 20);
  for (const tenant of tenants) assert.deepEqual(tenant.hosts, hostsOf(tenant.number));
  assert.equal(applications.tenantAt('127.0.1.0:80'), tenants[480]);
  assert.match(`${tenants[0]!.app}:${tenants[0]!.index}`, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:\d+$/);
});

test('bystanders are many at some addresses, and one has more than twenty states there', () => {
  const words = new Bystanders(2000, chance(1)).arrive();
  const atOne = words.map(({ message }) => message).filter(({ host }) => host === '10.0.0.3');
  const identities = Map.groupBy(atOne, (message) => message.private_instance_id);
  assert.equal(identities.size, 13);
  const states = identities.get('twin-3')!.map(({ options }) => JSON.stringify(options));
  assert.equal(new Set(states).size, 25);
});

test('the table that follows from what was announced is the one a registry has', () => {
  for (let seed = 1; seed <= 3; seed++) {
    const random = chance(seed);
    const [bystanders, applications] = [new Bystanders(600, random), new Applications(20, random)];
    const announced = new Announced(10);
    const { registry } = new RegistryFixture({ staleThreshold: 10_000 });
    const say = ({ verb, message }: Word) => {
      const decoded = decodeRouteMessage(Buffer.from(JSON.stringify(message)));
      assert.ok(decoded.ok && decoded.problems.length === 0);
      if (verb === 'register') announced.register(message);
      else announced.unregister(message);
      // One that is forgotten is pruned in the end.
      if (verb === 'register') registry.register(decoded.message);
      else registry.unregister(decoded.message);
    };
    bystanders.arrive().forEach(say);
    for (let step = 0; step < 600; step++) {
      say(bystanders.change());
      const address = `127.0.1.${Math.floor(random() * 30)}:80`;
      const old = applications.tenantAt(address);
      if (old !== undefined) say({ verb: 'unregister', key: old.id, message: registrationOf(old) });
      const next = applications.settle(address);
      say({ verb: 'register', key: next.id, message: registrationOf(next) });
    }
    assert.deepEqual(differences(JSON.parse(JSON.stringify(registry.routes())), announced.routes()), []);
  }
});

test('tables differ by a route that is missing, one too many, and one endpoint that is not the same', () => {
  const said = (uris: string[], more: Partial<Registration> = {}) => ({
    host: '10.0.0.1',
    port: 80,
    uris,
    private_instance_id: 'i',
    ...more,
  });
  const table = (...registrations: Registration[]) => {
    const announced = new Announced(10);
    for (const each of registrations) announced.register(each);
    return announced.routes();
  };
  const other = said(['a.test'], { host: '10.0.0.2' });
  const both = [said(['a.test', 'b.test']), other];
  assert.deepEqual(differences(table(...both), table(...both.toReversed())), []);
  assert.equal(differences(table(said(['a.test'])), table(said(['a.test', 'b.test']))).length, 1);
  assert.equal(differences(table(said(['a.test', 'b.test'])), table(said(['a.test']))).length, 1);
  assert.equal(
    differences(table(said(['a.test'])), table(said(['a.test'], { private_instance_id: 'j' }))).length,
    1,
  );
});

test('clients go on with the instance that a session was moved to, and remember those that are gone', () => {
  const acquaintances = new Acquaintances(() => 0);
  assert.deepEqual([acquaintances.session(), acquaintances.pin('a.test')], [null, '']);
  const head = (...cookies: string[]) =>
    ['HTTP/1.1 200 OK', ...cookies.map((cookie) => `Set-Cookie: ${cookie}; Path=/`), ''].join('\r\n');
  acquaintances.keep('a.test', null, head('JSESSIONID=s', '__VCAP_ID__=one', '__VCAP_ID_META__=m'));
  const session = acquaintances.session()!;
  assert.deepEqual(session, { host: 'a.test', cookies: 'JSESSIONID=s; __VCAP_ID__=one' });
  acquaintances.keep('a.test', session, head('__VCAP_ID__=two'));
  acquaintances.keep('a.test', session, head());
  assert.equal(session.cookies, 'JSESSIONID=s; __VCAP_ID__=two');
  for (let index = 0; index < 13; index++) acquaintances.meet('a.test', `a:${index}`);
  assert.equal(acquaintances.pin('a.test'), 'a:1');
});
