import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import type { TcpMember } from '../../../src/tcp/table/tcp-table.ts';
import { PLAIN } from '../../../src/tcp/table/terms.ts';
import { many, tcpOnClock, VERIFIED } from '../../support/tcp-on-clock.ts';

const LIFETIME = 120_000;
const DAY = 86_400_000;
const BACKENDS = 100;

const STEP = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      rounds: fc.nat({ max: 40 }),
      apart: fc.constantFrom(10_000, 10_000, 10_000, 30_000, DAY + 1),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('bus' as const), connected: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('announce' as const, 'list' as const, 'list-back' as const),
      from: fc.nat({ max: BACKENDS }),
      count: fc.nat({ max: BACKENDS }),
    }),
  },
);

interface Bus {
  isAway: boolean;
  losses: number;
  lostAt: number;
  /** After it had been away for some time. */
  hasReturned: boolean;
}

/** What a look at one member alone says: it has had all the time that it can ever get. */
function mustGo(
  { registration, isRestored, refreshedAt }: TcpMember,
  now: number,
  suspends: boolean,
): boolean {
  const verified = registration.terms.backendTls !== null;
  const age = now - refreshedAt;
  if (registration.owner !== 'bus') return age > (isRestored && verified ? DAY : LIFETIME);
  if (suspends) return false;
  return verified ? isRestored && age > DAY : age > LIFETIME;
}

/** Its agent has fallen silent with the bus there all the time: that is no outage. Or it has had its day. */
function isSilent(member: TcpMember, now: number, bus: Bus): boolean {
  const { isRestored, refreshedAt, session, registration } = member;
  const age = now - refreshedAt;
  if (!isRestored) return !bus.isAway && session === bus.losses && age > LIFETIME;
  return registration.terms.backendTls === null ? !bus.hasReturned && age > LIFETIME : age > DAY;
}

/** Everything at once is what they may not do who are only missed. */
function mostGone(
  members: readonly TcpMember[],
  now: number,
  suspends: boolean,
  bus: Bus,
  apart: number,
): number {
  const own = members.filter((member) => mustGo(member, now, suspends) || isSilent(member, now, bus)).length;
  // A twentieth of what there was in ten seconds is a larger part of what is left.
  const slowly = (0.05 * 2 * BACKENDS * Math.min(apart, 60_000)) / 10_000;
  return own + Math.max(0.3 * (members.length - own), slowly);
}

for (const suspends of [false, true]) {
  for (const terms of [PLAIN, VERIFIED]) {
    const who = terms === PLAIN ? 'plain' : 'verified';
    test(`2.2.6 ${who} TCP backends live no longer than they may, and never go all at once for being missed, option ${suspends ? 'on' : 'off'}`, (t) => {
      fc.assert(
        fc.property(fc.nat({ max: BACKENDS }), fc.array(STEP, { maxLength: 12 }), (former, steps) => {
          const made = tcpOnClock(t, { suspend_pruning_if_nats_unavailable: suspends });
          const { tcp, clock, list } = made;
          const ofBus = many(BACKENDS, { terms });
          const ofApi = many(BACKENDS, {
            terms,
            owner: 'routing-api g',
            sni: 'api.test',
            lifetime: LIFETIME,
          });
          const bus: Bus = { isAway: true, losses: 1, lostAt: 0, hasReturned: false };
          tcp.busIs(false);
          for (const each of [...ofBus.slice(0, former), ...ofApi.slice(former)]) tcp.restore(each, 1000);
          for (const step of steps) {
            const before = [...tcp.members()];
            switch (step.kind) {
              case 'wait':
                for (let round = 0; round < step.rounds; round++) {
                  const members = [...tcp.members()];
                  clock.now += step.apart;
                  tcp.prune();
                  const left = new Set(tcp.members());
                  const gone = members.filter((member) => !left.has(member)).length;
                  assert.ok(
                    gone <= mostGone(members, clock.now, suspends, bus, step.apart),
                    `${gone} of ${members.length} went`,
                  );
                  for (const member of left) assert.ok(!mustGo(member, clock.now, suspends));
                }
                break;
              case 'bus':
                if (!step.connected && !bus.isAway) {
                  bus.losses++;
                  bus.lostAt = clock.now;
                }
                if (step.connected && bus.isAway && clock.now > bus.lostAt) bus.hasReturned = true;
                bus.isAway = !step.connected;
                tcp.busIs(step.connected);
                break;
              case 'announce':
                if (bus.isAway) break;
                for (const each of ofBus.slice(step.from, step.from + step.count)) tcp.register(each);
                break;
              case 'list':
              case 'list-back': {
                const listed = ofApi.slice(step.from, step.from + step.count);
                list(listed, step.kind === 'list-back');
                const there = [...tcp.members()].map(({ backend }) => backend);
                assert.ok(there.length >= listed.length);
                if (step.kind === 'list-back') {
                  const gone = before.filter(({ isMember }) => !isMember);
                  const unheardOf = gone.filter(
                    ({ registration: { port } }) => !listed.some((each) => each.port === port),
                  );
                  assert.ok(unheardOf.length <= Math.max(0.3 * before.length, 1));
                }
                break;
              }
            }
          }
          tcp.ports.stop();
        }),
        { numRuns: 60 },
      );
    });
  }
}
