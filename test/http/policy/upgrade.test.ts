import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { UPGRADE_WITH_BODY } from '../../../src/http/message/fault.ts';
import { switchingFault, upgradeFault, wantedProtocol } from '../../../src/http/policy/upgrade.ts';
import { requestOf, responseOf } from '../../support/parsed-head.ts';

/** The example of RFC 6455 §1.3. */
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

function wanted(start: string, ...lines: readonly string[]): string | null {
  const { head, request } = requestOf(start, 'Host: a.test', ...lines);
  return wantedProtocol(head, request);
}

const GET = 'GET / HTTP/1.1';
const OPTION = 'Connection: upgrade';

describe('a request asks to switch', () => {
  test('U07 when Connection says so too, in any case and on any of its lines', () => {
    assert.equal(wanted(GET, OPTION, 'Upgrade: websocket'), 'websocket');
    assert.equal(wanted(GET, 'connection: keep-alive, Upgrade', 'upgrade: WebSocket'), 'WebSocket');
    assert.equal(wanted(GET, 'Connection: keep-alive', OPTION, 'Upgrade: websocket'), 'websocket');
  });

  test('to whatever protocol it names, but for HTTP/2', () => {
    for (const protocol of ['IRC/6.9', 'spdy', 'x-custom', 'tcp', 'h2x', 'xh2c']) {
      assert.equal(wanted(GET, OPTION, `Upgrade: ${protocol}`), protocol);
    }
  });

  test('U01 not to HTTP/2, behind which requests would pass unseen', () => {
    for (const protocol of ['h2c', 'H2C', 'h2']) {
      assert.equal(wanted(GET, OPTION, `Upgrade: ${protocol}`, 'HTTP2-Settings: AAMAAABk'), null, protocol);
    }
  });

  test('U06 not without the Connection option, with another method, or in HTTP/1.0', () => {
    assert.equal(wanted(GET, 'Upgrade: websocket'), null);
    assert.equal(wanted(GET, 'Connection: x-upgrade', 'Upgrade: websocket'), null);
    assert.equal(wanted(GET, OPTION), null);
    for (const method of ['POST', 'HEAD', 'OPTIONS', 'get']) {
      assert.equal(wanted(`${method} / HTTP/1.1`, OPTION, 'Upgrade: websocket'), null, method);
    }
    assert.equal(wanted('GET / HTTP/1.0', OPTION, 'Upgrade: websocket'), null);
  });

  test('not when it names anything but one protocol', () => {
    for (const value of ['', 'websocket, h2c', 'a b', '/1', 'a/', 'a/1/2', 'web(socket)', 'caf\xe9']) {
      assert.equal(wanted(GET, OPTION, `Upgrade: ${value}`), null, value);
    }
  });
});

describe('a request that asks to switch is refused', () => {
  const fault = (...lines: readonly string[]) =>
    upgradeFault(requestOf(GET, 'Host: a.test', ...lines).request);

  test('U05 with a body, whose end the other protocol would not know', () => {
    assert.equal(fault(KEY, 'Content-Length: 1'), UPGRADE_WITH_BODY);
    assert.equal(fault(KEY, 'Transfer-Encoding: chunked'), UPGRADE_WITH_BODY);
    assert.equal(fault(KEY, 'Content-Length: 0'), null);
  });
});

describe('101 is the answer', () => {
  const asked = (upgradeTo: string | null) => ({ ...requestOf(GET, 'Host: a.test', KEY), upgradeTo });
  const answer = (...lines: readonly string[]) => responseOf('HTTP/1.1 101 Switching Protocols', ...lines);
  const fault = (protocol: string | null, ...lines: readonly string[]) => {
    const { head, response } = answer(...lines);
    return switchingFault(asked(protocol), head, response);
  };
  const wrong = [[], ['Sec-WebSocket-Accept:'], [ACCEPT.toLowerCase()]];

  test('to any protocol that it names as it was asked for, whatever it says of the key', () => {
    assert.equal(fault('websocket', 'connection: Upgrade', 'upgrade: WebSocket', ACCEPT), null);
    for (const accept of wrong)
      assert.equal(fault('websocket', OPTION, 'Upgrade: websocket', ...accept), null);
    assert.equal(fault('IRC/6.9', OPTION, 'Upgrade: irc/6.9'), null);
  });

  test('over HTTP/2 with the one accept value that fits the key, which the router has made', () => {
    const overHttp2 = (...lines: readonly string[]) => {
      const asking = asked('websocket');
      asking.request.cameOverHttp2(true);
      const { head, response } = answer(OPTION, 'Upgrade: websocket', ...lines);
      return switchingFault(asking, head, response);
    };
    assert.equal(overHttp2(ACCEPT), null);
    for (const accept of wrong) assert.equal(overHttp2(...accept), '101 with a wrong Sec-WebSocket-Accept');
  });

  test('U03 not without Upgrade, or with another protocol', () => {
    assert.equal(fault('websocket', 'Upgrade: websocket', ACCEPT), '101 without Upgrade');
    assert.equal(fault('websocket', OPTION, ACCEPT), '101 without Upgrade');
    assert.equal(fault('websocket', OPTION, 'Upgrade: h2c', ACCEPT), '101 to another protocol');
  });

  test('U08 not when nobody asked', () => {
    assert.equal(fault(null, OPTION, 'Upgrade: websocket', ACCEPT), '101 to a request that asked for none');
  });
});
