import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { inWords } from '../../../src/registry/packed-registration.ts';
import { type FormerHttp, HttpSource } from '../../../src/runtime/snapshot/http-source.ts';
import { Unreadable } from '../../../src/snapshot/checked-text.ts';
import { RegistryFixture, routeMessage } from '../../support/registry-fixture.ts';

const ALL = { sharding: { mode: 'all' as const, segments: [] } };

const uri = fc.constantFrom('a.com', 'b.com/Pa/Th', '/c.com/x', '*.d.com//', 'e.com/é?q', 'f.com/"\\');
const endpoint = fc.record({
  uris: fc.uniqueArray(uri, { minLength: 1, maxLength: 4 }),
  port: fc.integer({ min: 1, max: 4 }),
  appId: fc.constantFrom('x', 'ü"'),
  instanceId: fc.constantFrom('', 'i-1'),
  tags: fc.option(fc.dictionary(fc.constantFrom('a', '__proto__', 'é'), fc.string({ unit: 'binary' }))),
});

type Form = 'describe' | 'pack';
const form = fc.constantFrom<Form>('describe', 'pack');

/** What stands in lines, behind their braces. */
function linesOf(fixture: RegistryFixture, as: Form): string[] {
  const source = new HttpSource(fixture.registry, true);
  return Array.from(source.entries(), (member) => source[as](member)!.slice(1));
}

const withoutTime = (fields: string): string => fields.replace(/"first_seen":\d+,/, '');

const readAlone = (fields: string): FormerHttp | Unreadable =>
  new HttpSource(new RegistryFixture(ALL).registry, true).read(fields);

test('a line says the same whatever was read before it', () => {
  fc.assert(
    fc.property(
      fc.array(endpoint, { maxLength: 4 }),
      fc.infiniteStream(fc.nat()),
      form,
      (endpoints, picks, as) => {
        const fixture = new RegistryFixture(ALL);
        for (const each of endpoints) fixture.registry.register(routeMessage(each));
        const lines = linesOf(fixture, as);
        const source = new HttpSource(fixture.registry, true);
        const mixed = lines.flatMap((line) => [line, lines[picks.next().value! % lines.length]!]);
        for (const fields of mixed) {
          const { message, ...read } = source.read(fields) as FormerHttp;
          const { message: alone, ...expected } = readAlone(fields) as FormerHttp;
          assert.deepEqual(read, expected);
          assert.deepEqual({ ...message, uris: [] }, { ...alone, uris: [] });
        }
      },
    ),
  );
});

test('a table that is restored line by line is the one that was written', () => {
  fc.assert(
    fc.property(fc.array(endpoint, { maxLength: 6 }), form, (endpoints, as) => {
      const fixture = new RegistryFixture(ALL);
      for (const each of endpoints) fixture.registry.register(routeMessage(each));
      const lines = linesOf(fixture, as);
      const other = new RegistryFixture(ALL);
      const source = new HttpSource(other.registry, true);
      for (const fields of lines) {
        const { message, uri, origin } = source.read(fields) as FormerHttp;
        assert.equal(other.registry.restore({ message, uri, origin, age: 0, seenFor: 0 }), 'restored');
      }
      const [before, after] = [fixture, other].map((each) => linesOf(each, 'describe').map(withoutTime));
      assert.deepEqual(after, before);
      assert.equal(other.registry.backendCount, fixture.registry.backendCount);
    }),
  );
});

test('a packed endpoint says in words what a described one says', () => {
  fc.assert(
    fc.property(fc.array(endpoint, { maxLength: 4 }), (endpoints) => {
      const fixture = new RegistryFixture(ALL);
      for (const each of endpoints) fixture.registry.register(routeMessage(each));
      const [described, packed] = (['describe', 'pack'] as const).map((as) =>
        linesOf(fixture, as).map((line) => JSON.parse(`{${withoutTime(line)}`)),
      );
      assert.deepEqual(packed!.map(inWords), described);
    }),
  );
});

test('a packed endpoint that is none is refused as a message would be, and so are names that are none', () => {
  const fixture = new RegistryFixture(ALL);
  fixture.registry.register(routeMessage({ uris: ['a.com'], tags: { a: 'x' } }));
  const [line] = linesOf(fixture, 'pack');
  const source = new HttpSource(fixture.registry, true);
  assert.ok(!(source.read(line!) instanceof Unreadable));
  for (const [from, to] of [
    ['"10.0.0.1"', '""'],
    ['"10.0.0.1"', '17'],
    ['"10.0.0.1",80', '"10.0.0.1",80000'],
    ['"endpoint":[', '"endpoint":{"x":['],
    ['["a"]', '[1]'],
    ['["a"]', 'null'],
    ['["a"]', '"a"'],
  ]) {
    const changed = line!.replace(from!, to!);
    assert.notEqual(changed, line);
    assert.ok(source.read(changed) instanceof Unreadable, changed);
  }
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 22 }), fc.jsonValue(), (endpoint, names) => {
      const said = JSON.stringify({ origin: '', first_seen: 1, uris: ['a.com'], names, endpoint });
      const read = source.read(said.slice(1));
      assert.ok(read instanceof Unreadable || read.uri === 'a.com');
    }),
  );
});

test('what an earlier line has in common with a bad one does not make it good', () => {
  const rest = '"host":"10.0.0.1","port":80}';
  const good = `"origin":"nats","first_seen":5,"uris":["a.com"],${rest}`;
  const bad = [
    good.replace('a.com', 'a com'),
    good.replace('a.com', 'http://a.com'),
    good.replace('nats', 'na\nts'),
    good.replace('5', '05'),
    good.replace('"a.com"', '"a.com","b com"'),
  ];
  const source = new HttpSource(new RegistryFixture(ALL).registry, true);
  for (const each of bad) {
    assert.ok(!(source.read(good) instanceof Unreadable));
    assert.ok(source.read(each) instanceof Unreadable, each);
  }
});

test('a field that is said twice is what it is said to be last, in each line', () => {
  for (const name of ['uris', 'Uris', '\\u0075ris']) {
    const source = new HttpSource(new RegistryFixture(ALL).registry, true);
    for (const host of ['last.com', 'a.com', 'b.com']) {
      const said = `"origin":"nats","first_seen":5,"uris":["${host}"],"host":"10.0.0.1","port":80`;
      assert.equal((source.read(`${said},"${name}":["last.com"]}`) as FormerHttp).uri, 'last.com');
    }
  }
});
