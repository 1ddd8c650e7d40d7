import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { admission, type Caller, callerOf, scopeRefusal } from '../../../src/http/policy/route-policy.ts';

const guid = fc.constantFrom('', 'a', 'b', 'c', 'any');
const app = fc.constantFrom('a', 'b', 'c', 'any');
const caller: fc.Arbitrary<Caller> = fc.record({ app, space: guid, org: guid });
const kind = fc.constantFrom('app', 'space', 'org', 'any', 'user', '');
const source = fc.oneof(
  fc.constant('cf:any'),
  fc.tuple(kind, guid).map(([of, id]) => `cf:${of}:${id}`),
  fc.constantFrom('any', 'app:a', 'cf:', 'CF:any', 'cf:app', ' cf:any'),
);
const policy = fc.record({
  scope: fc.constantFrom('any', 'org', 'space', 'galaxy'),
  sources: fc.array(source, { maxLength: 6 }),
});

/** The guid that a source of RFC-0055 names, by kind. */
const OF: Readonly<Record<string, keyof Caller>> = { app: 'app', space: 'space', org: 'org' };

/** As the RFC has it, word by word. */
function covers(text: string, who: Caller): boolean {
  if (text === 'cf:any') return true;
  const [prefix, of = '', id = '', ...rest] = text.split(':');
  const part = OF[of];
  return prefix === 'cf' && part !== undefined && rest.length === 0 && id !== '' && who[part] === id;
}

test('§3.16 a caller is let in by the first source that names it, and by nothing else', () => {
  fc.assert(
    fc.property(policy, caller, (rules, who) => {
      const first = rules.sources.find((each) => covers(each, who));
      const verdict = admission(rules, who);
      assert.equal(verdict.allowed, first !== undefined);
      if (first !== undefined) assert.equal(verdict.rule, `route:${first}`);
      else
        assert.equal(
          verdict.rule,
          rules.sources.length === 0 ? 'route:no_route_policies' : 'route:route_policies',
        );
    }),
  );
});

test('§3.16 nobody without an identity is let in, whatever the policy', () => {
  fc.assert(
    fc.property(policy, (rules) => {
      assert.deepEqual(admission(rules, null), { allowed: false, rule: 'identity_extraction' });
      assert.equal(
        scopeRefusal(rules, null, { space_id: '', organization_id: '' }),
        'domain:no_caller_identity',
      );
    }),
  );
});

test('§3.16 a scope opens an endpoint that is in the caller’s org or space, where both are known', () => {
  const tags = fc.option(fc.record({ organization_id: guid, space_id: guid }, { requiredKeys: [] }));
  fc.assert(
    fc.property(policy, caller, tags, ({ scope, sources }, who, of) => {
      const refusal = scopeRefusal({ scope, sources }, who, of as Record<string, string> | null);
      const same = (mine: string, its: string | undefined) => mine !== '' && mine === its;
      const open =
        scope === 'any' ||
        (scope === 'org' && same(who.org, of?.organization_id)) ||
        (scope === 'space' && same(who.space, of?.space_id));
      const name = scope === 'org' || scope === 'space' ? scope : 'unknown';
      assert.equal(refusal, open ? null : `domain:scope=${name}:post-selection`);
    }),
  );
});

test('§3.16 a caller is what the units of its certificate say, in any order, and needs an app', () => {
  const units = fc.array(
    fc.oneof(
      fc
        .tuple(fc.constantFrom('app', 'space', 'organization', 'org', 'App'), guid)
        .map((pair) => pair.join(':')),
      fc.constantFrom('Platform', '', 'app', 'xapp:a'),
    ),
  );
  fc.assert(
    fc.property(units, (given) => {
      const last = (of: string) =>
        given.reduce(
          (found, unit) =>
            unit.startsWith(`${of}:`) && unit !== `${of}:` ? unit.slice(of.length + 1) : found,
          '',
        );
      const expected = { app: last('app'), space: last('space'), org: last('organization') };
      assert.deepEqual(callerOf(given), expected.app === '' ? null : expected);
    }),
  );
});
