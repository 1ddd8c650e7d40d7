import assert from 'node:assert/strict';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, type TestContext, test, vi } from 'vitest';
import { readHosts } from '../../src/network/hosts-file.ts';
import { Names, type NamesOptions } from '../../src/network/names.ts';
import { hasOtherSources, OtherSources } from '../../src/network/other-sources.ts';
import { candidates, readSearchList } from '../../src/network/search-list.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { DnsServer } from '../support/dns-server.ts';

/** Milliseconds: less than a try at a server that does not answer takes. */
const AT_ONCE = 1500;

interface Fixture {
  readonly names: Names;
  readonly server: DnsServer;
  readonly hostsFile: string;
}

async function start(
  t: TestContext,
  files: { hosts?: string; resolver?: string; switch?: string } = {},
  more: NamesOptions = {},
) {
  const server = await DnsServer.start(t);
  const directory = temporaryDirectory(t);
  const [hostsFile, resolverFile, switchFile] = ['hosts', 'resolv.conf', 'nsswitch.conf'].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  writeFileSync(hostsFile, files.hosts ?? '');
  writeFileSync(resolverFile, files.resolver ?? 'search sub.test\n');
  writeFileSync(switchFile, files.switch ?? 'hosts: files dns\n');
  const names = new Names({ hostsFile, resolverFile, switchFile, servers: [server.address], ...more });
  return { names, server, hostsFile } satisfies Fixture;
}

/** As a socket asks. */
function lookUp(names: Names, name: string, options: LookupOptions = { all: true }): Promise<unknown> {
  return new Promise((resolve, reject) => {
    names.lookUp(name, options, (error, address, family) => {
      if (error !== null) reject(error);
      else
        resolve(options.all ? (address as LookupAddress[]).map((each) => each.address) : [address, family]);
    });
  });
}

async function within(limit: number, work: Promise<unknown>): Promise<unknown> {
  const begun = performance.now();
  const result = await work;
  const took = performance.now() - begun;
  assert.ok(took < limit, `took ${took} ms`);
  return result;
}

describe('names are looked up', () => {
  test('in the hosts file first, and what is an address or this machine not at all', async (t) => {
    const { names, server } = await start(t, { hosts: '10.0.0.1 Db.test db # one\n::1 db.test\n' });
    assert.deepEqual(await lookUp(names, 'DB.test'), ['10.0.0.1', '::1']);
    assert.deepEqual(await lookUp(names, 'db.test.'), ['10.0.0.1', '::1']);
    assert.deepEqual(await lookUp(names, 'db', {}), ['10.0.0.1', 4]);
    assert.deepEqual(await lookUp(names, 'localhost'), ['127.0.0.1', '::1']);
    assert.deepEqual(await lookUp(names, 'app.localhost', { family: 6 }), ['::1', 6]);
    assert.deepEqual(await lookUp(names, '10.0.0.2'), ['10.0.0.2']);
    assert.deepEqual(await lookUp(names, '2001:db8::1', {}), ['2001:db8::1', 6]);
    assert.deepEqual(server.asked, []);
  });

  test('by DNS, those of IPv4 first, of one family where only that is wanted', async (t) => {
    const { names, server } = await start(t);
    server.names.set('app.test', ['10.0.0.1', '::1', '10.0.0.2']);
    assert.deepEqual(await lookUp(names, 'app.test'), ['10.0.0.1', '10.0.0.2', '::1']);
    assert.deepEqual(await lookUp(names, 'app.test', { family: 'IPv6' }), ['::1', 6]);
    assert.deepEqual(await lookUp(names, 'app.test', { family: 4, all: true }), ['10.0.0.1', '10.0.0.2']);
    server.names.set('six.test', ['::1']);
    assert.deepEqual(await lookUp(names, 'six.test'), ['::1']);
    await assert.rejects(lookUp(names, 'six.test', { family: 4 }), { code: 'ENOTFOUND' });
  });

  test('with the domains of resolv.conf where that makes the name', async (t) => {
    const { names, server } = await start(t, { resolver: 'search one.test two.test\noptions ndots:2\n' });
    server.names.set('db.two.test', ['10.0.0.1']);
    assert.deepEqual(await lookUp(names, 'db'), ['10.0.0.1']);
    assert.deepEqual(server.asked, ['db.one.test', 'db.two.test']);
    await assert.rejects(lookUp(names, 'db.'), { code: 'ENOTFOUND', message: 'lookup ENOTFOUND db.' });
  });

  test('while the files change', async (t) => {
    const { names, hostsFile } = await start(t, { hosts: '10.0.0.1 db\n' }, { trust: 0 });
    assert.deepEqual(await lookUp(names, 'db'), ['10.0.0.1']);
    do writeFileSync(hostsFile, '10.0.0.2 db\n');
    while (((await lookUp(names, 'db')) as string[])[0] === '10.0.0.1');
    assert.deepEqual(await lookUp(names, 'db'), ['10.0.0.2']);
  });

  test('once for all who ask meanwhile', async (t) => {
    const { names, server } = await start(t);
    server.names.set('app.test', ['10.0.0.1']);
    const all = await Promise.all(Array.from({ length: 100 }, () => lookUp(names, 'app.test')));
    assert.ok(all.every((each) => String(each) === '10.0.0.1'));
    assert.deepEqual(server.asked, ['app.test']);
    await lookUp(names, 'app.test');
    assert.equal(server.asked.length, 2);
  });
});

describe('of names that nobody can tell', () => {
  test('any number holds up no other', async (t) => {
    const { names, server } = await start(t);
    server.names.set('app.test', ['10.0.0.1']);
    const silent = Array.from({ length: 200 }, (_, id) => `silent-${id}.test`);
    for (const name of silent) server.names.set(name, 'silent');
    const failing = silent.map((name) => assert.rejects(lookUp(names, name), { code: 'EAI_AGAIN' }));
    assert.deepEqual(await within(AT_ONCE, lookUp(names, 'app.test')), ['10.0.0.1']);
    await Promise.all(failing);
    assert.deepEqual(await within(AT_ONCE, lookUp(names, 'app.test')), ['10.0.0.1']);
  });

  test('those that do not exist are told from those that a server fails for', async (t) => {
    const { names, server } = await start(t);
    server.names.set('failed.test', 'failed');
    await assert.rejects(within(AT_ONCE, lookUp(names, 'none.test')), { code: 'ENOTFOUND' });
    await assert.rejects(lookUp(names, 'failed.test'), { code: 'EAI_AGAIN', message: /ESERVFAIL/ });
  });

  test('one whose answer is none ends no other that is under way', async (t) => {
    const { names, server } = await start(t);
    server.names.set('app.test', 'silent').set('broken.test', 'malformed');
    const answer = lookUp(names, 'app.test');
    while (!server.asked.includes('app.test')) await delay(1);
    await assert.rejects(lookUp(names, 'broken.test'), { code: 'EAI_AGAIN', message: /EBADRESP/ });
    server.names.set('app.test', ['10.0.0.1']);
    assert.deepEqual(await answer, ['10.0.0.1']);
  });

  test('an answer for IPv4 does not wait for one for IPv6', async (t) => {
    const { names, server } = await start(t);
    server.isSilentOnIpv6 = true;
    server.names.set('app.test', ['10.0.0.1']);
    assert.deepEqual(await within(AT_ONCE, lookUp(names, 'app.test')), ['10.0.0.1']);
  });
});

describe('other sources of nsswitch.conf are asked', () => {
  const pi: LookupAddress = { address: '10.0.0.7', family: 4 };
  const script = (asked: string[]) => async (name: string) => {
    asked.push(name);
    return name === 'pi.local' ? [pi] : [];
  };

  test('for names that DNS does not know, and for no others', async (t) => {
    const asked: string[] = [];
    const files = { switch: 'hosts: files mdns4_minimal [NOTFOUND=return] dns\n' };
    const { names, server } = await start(t, files, { askSystem: script(asked) });
    server.names.set('app.test', ['10.0.0.1']);
    server.names.set('silent.test', 'silent');
    assert.deepEqual(await lookUp(names, 'pi.local'), ['10.0.0.7']);
    assert.deepEqual(await lookUp(names, 'app.test'), ['10.0.0.1']);
    await assert.rejects(lookUp(names, 'silent.test'), { code: 'EAI_AGAIN' });
    await assert.rejects(lookUp(names, 'none.test'), { code: 'ENOTFOUND' });
    assert.deepEqual(asked, ['pi.local', 'none.test']);
  });

  test('where there are any', async (t) => {
    const asked: string[] = [];
    const { names } = await start(t, {}, { askSystem: script(asked) });
    await assert.rejects(lookUp(names, 'pi.local'), { code: 'ENOTFOUND' });
    assert.deepEqual(asked, []);
    assert.ok(!hasOtherSources('passwd: files ldap\nhosts:\tfiles dns # myhostname\n'));
    assert.ok(!hasOtherSources('hosts: dns [!UNAVAIL=return] files'));
    assert.ok(!hasOtherSources(''));
    assert.ok(hasOtherSources('hosts : files dns myhostname'));
  });

  test('one name at a time, and none for longer than it is waited for', async (t) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    t.onTestFinished(() => void vi.useRealTimers());
    const asked: string[] = [];
    const slow = Promise.withResolvers<LookupAddress[]>();
    const sources = new OtherSources(async (name) => {
      asked.push(name);
      if (name === 'broken') throw new Error('EAI_FAIL');
      return name === 'slow' ? slow.promise : [pi];
    });
    const [first, second] = [sources.find('slow'), sources.find('waits')];
    const many = Array.from({ length: 200 }, (_, id) => sources.find(`many-${id}`));
    vi.advanceTimersByTime(5000);
    assert.deepEqual(await Promise.all([first, second, ...many]), new Array(202).fill(null));
    assert.deepEqual(asked, ['slow']);
    const [broken, found] = [sources.find('broken'), sources.find('pi.local')];
    slow.resolve([pi]);
    assert.deepEqual([await broken, await found], [null, [pi]]);
    assert.deepEqual(asked, ['slow', 'broken', 'pi.local']);
  });
});

describe('who asks for a name', () => {
  test('and waits no more is not called back', async (t) => {
    const { names, server } = await start(t);
    server.names.set('app.test', ['10.0.0.1']);
    const never = (): void => assert.fail('it had left');
    names.ask('app.test', {}, never)();
    names.ask('10.0.0.1', {}, never)();
    assert.deepEqual(await lookUp(names, 'app.test'), ['10.0.0.1']);
    assert.deepEqual(await lookUp(names, '10.0.0.2'), ['10.0.0.2']);
  });

  test('and leaves when another is told what both wait for is not called back', async (t) => {
    const { names, server } = await start(t);
    server.names.set('app.test', ['10.0.0.1']);
    const told: string[] = [];
    const leaving: (() => void)[] = [];
    names.ask('app.test', {}, () => {
      told.push('first');
      leaving[0]!();
    });
    leaving.push(names.ask('app.test', {}, () => told.push('second')));
    assert.deepEqual(await lookUp(names, 'app.test'), ['10.0.0.1']);
    assert.deepEqual(told, ['first']);
  });

  test('hears at once of a failure just now, and of addresses soon after there are some', async (t) => {
    const { names, server } = await start(t);
    await assert.rejects(lookUp(names, 'app.sub.test.'), { code: 'ENOTFOUND' });
    const asked = server.asked.length;
    server.names.set('app.sub.test', ['10.0.0.1']);
    await assert.rejects(lookUp(names, 'app.sub.test.'), { code: 'ENOTFOUND' });
    assert.equal(server.asked.length, asked);
    for (;;) {
      const found = await lookUp(names, 'app.sub.test.').catch(() => null);
      if (found !== null) break;
      await delay(50);
    }
  });

  test('is asked for once over IPv6 as long as nobody answers there', async (t) => {
    const { names, server } = await start(t);
    server.isSilentOnIpv6 = true;
    server.names.set('app.test', ['10.0.0.1']);
    for (let i = 0; i < 20; i++) assert.deepEqual(await lookUp(names, 'app.test'), ['10.0.0.1']);
    assert.equal(server.asked.length, 20);
    assert.ok(server.askedSix.length < 20, String(server.askedSix.length));
  });
});

test('hosts files are read as hosts(5) says', () => {
  const hosts = readHosts(
    '127.0.0.1\tlocalhost a\n#10.0.0.1 b\nnonsense c\n\n::1 a localhost. # d\n127.0.0.1 A\n',
  );
  assert.deepEqual(Object.fromEntries(hosts), { localhost: ['127.0.0.1', '::1'], a: ['127.0.0.1', '::1'] });
});

test('resolv.conf decides what is asked for, and in which order', () => {
  const list = readSearchList(
    'domain x.test\nsearch a.test b.test.\noptions timeout:1 ndots:2\n',
    'vm.own.test',
  );
  assert.deepEqual(list, { domains: ['a.test', 'b.test'], ndots: 2 });
  assert.deepEqual(candidates('n', list), ['n.a.test', 'n.b.test', 'n']);
  assert.deepEqual(candidates('n.m', list), ['n.m.a.test', 'n.m.b.test', 'n.m']);
  assert.deepEqual(candidates('n.m.o', list), ['n.m.o', 'n.m.o.a.test', 'n.m.o.b.test']);
  assert.deepEqual(candidates('n.', list), ['n']);
  assert.deepEqual(readSearchList('', 'vm.own.test'), { domains: ['own.test'], ndots: 1 });
  assert.deepEqual(readSearchList('; none\noptions ndots:99', 'vm'), { domains: [], ndots: 15 });
});
