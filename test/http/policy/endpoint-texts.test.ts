import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { endpointTexts } from '../../../src/http/policy/endpoint-texts.ts';
import type { Endpoint } from '../../../src/routing/endpoint.ts';
import { endpointOf } from '../../support/endpoint.ts';

function headerLines(fields: Partial<Endpoint>): string {
  return endpointTexts(endpointOf(3, fields)).headerLines.text;
}

describe("an endpoint's header lines", () => {
  test('tell application, index and instance', () => {
    assert.equal(
      headerLines({ appId: 'the-app', instanceId: 'the-instance', instanceIndex: '2' }),
      'X-CF-ApplicationID: the-app\r\nX-CF-InstanceIndex: 2\r\nX-CF-InstanceID: the-instance\r\n',
    );
  });

  test('tell the address of an instance without an id', () => {
    assert.match(headerLines({ instanceId: '' }), /X-CF-InstanceID: 10\.0\.0\.1:1003\r\n$/);
  });

  test('are three lines of printable ASCII whatever came over the bus', () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('\r', '\n', '\0', '\u2028', '\u010a', 'é'), fc.string()),
    });
    fc.assert(
      fc.property(text, text, text, (appId, instanceIndex, instanceId) => {
        assert.match(
          headerLines({ appId, instanceIndex, instanceId }),
          /^X-CF-ApplicationID: [\x20-\x7e]*\r\nX-CF-InstanceIndex: [\x20-\x7e]*\r\nX-CF-InstanceID: [\x20-\x7e]*\r\n$/,
        );
      }),
    );
  });
});

test("an endpoint's part of the access log is quoted, whatever came over the bus", () => {
  const { logPart } = endpointTexts(
    endpointOf(3, { appId: 'a"b\n', instanceIndex: '', instanceId: 'the-instance' }),
  );
  assert.equal(logPart, ' app_id:"a\\"b\\n" app_index:"-" instance_id:"the-instance"');
});
