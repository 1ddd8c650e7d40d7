import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { overlay } from '../../src/config/defaults.ts';
import { effectiveFile } from '../../src/config/effective.ts';
import { parseConfig, readConfig } from '../../src/config/read.ts';
import { Authority } from '../support/certificates.ts';

const SECRET = 'hunter2-hunter2-hunter2';
const TOKEN = { name: 'ops', secret: SECRET, rights: ['read'] };

function parse(admin: object, cellgate: object = {}) {
  return parseConfig(JSON.stringify({ cellgate: overlay({ admin }, cellgate) }), 'gorouter.yml');
}

function problems(admin: object): string {
  const read = parse(admin);
  assert.ok(!read.ok);
  return read.problems.join('\n');
}

function warnings(admin: object, cellgate: object = {}): string {
  const read = parse(admin, cellgate);
  assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
  return read.warnings.join('\n');
}

test('a file that does not name the admin address has none; without a file it is on loopback', () => {
  const read = parseConfig('{}', 'gorouter.yml');
  assert.ok(read.ok);
  const { admin, state_dir } = read.config.cellgate;
  assert.deepEqual([admin.port, admin.socket, admin.tokens, state_dir], [0, '', [], '']);
  const without = readConfig(null);
  assert.ok(without.ok);
  assert.deepEqual(
    [without.config.cellgate.admin.host, without.config.cellgate.admin.port],
    ['127.0.0.1', 8083],
  );
});

describe('a start is refused', () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'router.example.com', '']) {
    test(`without tokens where others can reach the port: ${JSON.stringify(host)}`, () => {
      assert.match(
        problems({ host, port: 8083 }),
        /^gorouter\.yml:1: cellgate\.admin\.tokens: needed where others can reach the port: host .* is not loopback$/,
      );
    });
  }

  test('with tokens that are none', () => {
    const cases: [object, RegExp][] = [
      [{ ...TOKEN, name: 'a b' }, /tokens\.0\.name: allowed: 1 to 64 letters/],
      [{ ...TOKEN, name: 'socket' }, /tokens\.0\.name: socket is the name of one that the router makes/],
      [{ ...TOKEN, secret: 'hunter2' }, /tokens\.0\.secret: allowed: 16 to 256 characters/],
      [{ ...TOKEN, secret: 'hunter2 hunter2 hunter2' }, /tokens\.0\.secret: allowed: 16 to 256 characters/],
      [{ ...TOKEN, secret: 'hunter2'.repeat(40) }, /tokens\.0\.secret: allowed: 16 to 256 characters/],
      [{ ...TOKEN, rights: [] }, /tokens\.0\.rights: at least one of read, operate, debug/],
      [{ ...TOKEN, rights: ['read', 'all'] }, /tokens\.0\.rights: allowed: read, operate, debug/],
      [{ name: 'ops', rights: ['read'] }, /tokens\.0\.secret: expected text, found nothing/],
      [{ ...TOKEN, secret: [SECRET] }, /tokens\.0\.secret: expected text/],
    ];
    for (const [token, said] of cases) {
      const text = problems({ port: 8083, tokens: [token] });
      assert.match(text, said);
      assert.doesNotMatch(text, /hunter2/);
    }
    assert.match(
      problems({ tokens: [TOKEN, TOKEN] }),
      /tokens\.1\.name: ops is there twice\n.*tokens\.1\.secret: is that of another/,
    );
  });

  test('with half a certificate, or one that is none', () => {
    const authority = new Authority();
    const { cert, key } = authority.issue();
    for (const tls of [{ certificate: cert }, { key }, { certificate: cert, key: authority.issue().key }]) {
      assert.match(
        problems({ port: 8083, tls }),
        /cellgate\.admin\.tls\.certificate: Error loading key pair/,
      );
    }
  });
});

describe('a warning', () => {
  test('is given of tokens that others can read on their way', () => {
    const admin = { host: '192.0.2.1', port: 8083, tokens: [TOKEN] };
    assert.match(
      warnings(admin),
      /cellgate\.admin.*: without tls others can read tokens on their way to 192\.0\.2\.1/,
    );
    const { cert, key } = new Authority().issue();
    assert.equal(warnings({ ...admin, tls: { certificate: cert, key } }), '');
    assert.equal(warnings({ ...admin, host: '127.0.0.1' }), '');
  });

  test('is given of a port by which nobody is let in', () => {
    assert.match(warnings({ port: 8083 }), /nobody is let in by the port/);
    assert.equal(warnings({ port: 8083 }, { state_dir: '/var/lib/cellgate' }), '');
    assert.equal(warnings({ socket: '/run/cellgate.sock' }), '');
  });
});

test('the configuration in force is shown without the secrets', () => {
  const { cert, key } = new Authority().issue();
  const read = parse({ port: 8083, tokens: [TOKEN], tls: { certificate: cert, key } });
  assert.ok(read.ok);
  const shown = JSON.stringify(effectiveFile(read.config));
  assert.match(shown, /"tokens":\[\{"name":"ops","secret":"\(hidden\)","rights":\["read"\]\}\]/);
  assert.ok(!shown.includes(SECRET));
  assert.ok(!shown.includes('PRIVATE KEY'));
});
