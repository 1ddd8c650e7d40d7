import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { chooseStore, type StoreFacts } from '../../src/decisions/choose-store.ts';

const ALONE: StoreFacts = {
  configured: 'auto',
  jetStream: 'no',
  others: 0,
  folder: true,
  file: 'absent',
  before: null,
};

/** The choice in short: `file`, `jetstream+carry`, `none refused: why`. */
function choice(facts: Partial<StoreFacts>): string {
  const { store, carries, blocked } = chooseStore({ ...ALONE, ...facts });
  const where = `${store ?? 'none'}${carries ? '+carry' : ''}`;
  return blocked === null ? where : `${where} ${blocked.outcome}: ${blocked.why}`;
}

const TURN_ON =
  'turn JetStream on in NATS (`jetstream {}` in nats-server.conf), or name a NATS that has it in cellgate.decisions.hosts';
const AGREED = `decisions were kept in JetStream, which this NATS does not have: ${TURN_ON}, or set cellgate.decisions.store to file`;
const NO_FOLDER = `there is no folder to keep decisions in: set cellgate.state_dir, or ${TURN_ON}`;
const ONE = `there is another router to agree with: ${TURN_ON}`;
const THREE = `there are 3 other routers to agree with: ${TURN_ON}`;
const IN_FILE = `set cellgate.decisions.store to auto, and ${TURN_ON}`;
const OTHERS = 'it is not known yet whether there are other routers';
const DENIED =
  'this NATS user may not ask whether there is JetStream: permit it `$JS.API.>` and `$KV.cellgate.>`, or set cellgate.decisions.store to file';
const UNKNOWN = 'it is not known yet whether NATS has JetStream';

const rows: [facts: Partial<StoreFacts>, expected: string][] = [
  [{ configured: 'none' }, 'none refused: cellgate.decisions.store is none'],
  [
    { configured: 'none', jetStream: 'yes', file: 'present' },
    'none refused: cellgate.decisions.store is none',
  ],

  [{ configured: 'jetstream' }, 'jetstream'],
  [{ configured: 'jetstream', jetStream: 'unknown', others: 3 }, 'jetstream'],
  [{ configured: 'jetstream', file: 'present' }, 'jetstream+carry'],
  [{ configured: 'jetstream', file: 'carried' }, 'jetstream'],

  [{ configured: 'file' }, 'file'],
  [{ configured: 'file', jetStream: 'yes', file: 'carried', before: 'jetstream' }, 'file'],
  [{ configured: 'file', others: 1 }, `file refused: there is another router to agree with: ${IN_FILE}`],
  [{ configured: 'file', others: null }, `file away: ${OTHERS}`],
  [
    { configured: 'file', folder: false },
    `none refused: there is no folder to keep decisions in: set cellgate.state_dir, or ${IN_FILE}`,
  ],
  [
    { configured: 'file', folder: false, others: 3 },
    `none refused: there are 3 other routers to agree with: ${IN_FILE}`,
  ],

  [{ jetStream: 'yes' }, 'jetstream'],
  [{ jetStream: 'yes', others: 3, folder: false }, 'jetstream'],
  [{ jetStream: 'yes', others: null, file: 'present', before: 'file' }, 'jetstream+carry'],
  [{ jetStream: 'yes', file: 'carried', before: 'jetstream' }, 'jetstream'],

  [{ jetStream: 'denied' }, `none refused: ${DENIED}`],
  [{ jetStream: 'denied', file: 'present' }, `file refused: ${DENIED}`],
  [{ jetStream: 'denied', before: 'jetstream' }, 'jetstream'],

  [{ jetStream: 'unknown' }, `none away: ${UNKNOWN}`],
  [{ jetStream: 'unknown', file: 'present' }, `file away: ${UNKNOWN}`],
  [{ jetStream: 'unknown', file: 'carried' }, 'jetstream'],
  [{ jetStream: 'unknown', before: 'jetstream' }, 'jetstream'],

  [{}, 'file'],
  [{ file: 'present', before: 'file' }, 'file'],
  [{ others: null }, `file away: ${OTHERS}`],
  [{ others: null, folder: false }, `none away: ${OTHERS}`],
  [{ others: 1 }, `file refused: ${ONE}`],
  [{ others: 3, file: 'present', before: 'file' }, `file refused: ${THREE}`],
  [{ others: 3, folder: false }, `none refused: ${THREE}`],
  [{ folder: false }, `none refused: ${NO_FOLDER}`],
  [{ file: 'carried' }, `jetstream refused: ${AGREED}`],
  [{ before: 'jetstream', others: 3 }, `jetstream refused: ${AGREED}`],
];

test('the store follows from the configuration, from NATS, and from who else is there', () => {
  for (const [facts, expected] of rows) assert.equal(choice(facts), expected, JSON.stringify(facts));
});

test('two routers that know of each other never both decide in files', () => {
  const facts = fc.record({
    configured: fc.constantFrom('auto', 'jetstream', 'file', 'none'),
    jetStream: fc.constantFrom('yes', 'no', 'denied', 'unknown'),
    others: fc.constantFrom(null, 1, 2, 9),
    folder: fc.boolean(),
    file: fc.constantFrom('absent', 'present', 'carried'),
    before: fc.constantFrom(null, 'jetstream', 'file'),
  });
  fc.assert(
    fc.property(facts, (some) => {
      const { store, blocked } = chooseStore(some as StoreFacts);
      assert.ok(store === 'jetstream' || blocked !== null);
    }),
  );
});
