import type { Fields } from '../../test/support/hpack.ts';
import type { Random } from '../random.ts';
import { BAD_NAMES, ODD_VALUES, OF_ONE_HOP, PSEUDO, SINGLE, TELLING, UPGRADES } from './names.ts';

type Change = (fields: Fields, random: Random) => Fields;

const LONGEST = 80_000;
const MANY = 1200;

const repeatSingle: Change = (fields, random) => {
  const name = random.pick(SINGLE);
  const count = 1 + random.below(3);
  const same = random.oneIn(2);
  let changed = fields;
  for (let i = 0; i < count + 1; i++) changed = put(changed, [name, same ? '1' : String(i)], random);
  return changed;
};

const repeat: Change = (fields, random) =>
  fields.length === 0 ? fields : put(fields, random.pick(fields), random);

const ofOneHop: Change = (fields, random) => put(fields, random.pick(OF_ONE_HOP), random);

const pseudo: Change = (fields, random) => put(fields, random.pick(PSEUDO), random);

const telling: Change = (fields, random) => put(fields, random.pick(TELLING), random);

/** What belongs together for a protocol to be changed, most of the time. */
const upgrade: Change = (fields, random) => {
  for (const field of random.pick(UPGRADES)) if (!random.oneIn(8)) fields = put(fields, field, random);
  return fields;
};

const badName: Change = (fields, random) => put(fields, [random.pick(BAD_NAMES), 'x'], random);

const oddValue: Change = (fields, random) => {
  const value = random.pick(ODD_VALUES);
  if (fields.length === 0 || random.oneIn(2)) {
    return put(fields, [random.oneIn(2) ? random.pick(SINGLE) : 'x-odd', value], random);
  }
  return replace(fields, random, ([name, before]) => [name, random.oneIn(2) ? value : before + value]);
};

const spellName: Change = (fields, random) =>
  replace(fields, random, ([name, value]) => [
    random.oneIn(2) ? name.toUpperCase() : name.replace(/^:?[a-z]/, (letters) => letters.toUpperCase()),
    value,
  ]);

const leaveOut: Change = (fields, random) => fields.toSpliced(random.below(fields.length + 1), 1);

const move: Change = (fields, random) => {
  const at = random.below(fields.length + 1);
  const [field] = fields.slice(at, at + 1);
  return field === undefined ? fields : put(fields.toSpliced(at, 1), field, random);
};

const many: Change = (fields, random) => {
  const count = 1 + random.below(random.oneIn(4) ? MANY : 120);
  const name = random.pick(['x-many', 'cookie', 'set-cookie', 'a', random.pick(SINGLE)]);
  return [...fields, ...Array.from({ length: count }, (_, i) => [name, String(i)] as const)];
};

const long: Change = (fields, random) => {
  const text = 'x'.repeat(random.below(random.oneIn(4) ? LONGEST : 20_000));
  return put(fields, random.oneIn(4) ? [`x-${text}`, ''] : [random.pick(['x-long', 'etag']), text], random);
};

const CHANGES: readonly Change[] = [
  ...[repeatSingle, repeatSingle, repeatSingle, repeatSingle, repeat, repeat, ofOneHop, ofOneHop, pseudo],
  ...[telling, telling, telling, telling, upgrade, badName, oddValue, oddValue, spellName, leaveOut, move],
];

/** One to three changes to the fields of a head or of trailers. */
export function changeFields(fields: Fields, random: Random): Fields {
  for (let changes = 1 + (random.oneIn(3) ? random.below(3) : 0); changes > 0; changes--) {
    if (random.oneIn(40)) fields = random.pick([many, long])(fields, random);
    else fields = random.pick(CHANGES)(fields, random);
  }
  return fields;
}

/** More often behind the others: what stands before pseudo-headers is refused as a whole. */
function put(fields: Fields, field: Fields[number], random: Random): Fields {
  const at = random.oneIn(3) ? random.below(fields.length + 1) : fields.length;
  return fields.toSpliced(at, 0, field);
}

function replace(fields: Fields, random: Random, by: (field: Fields[number]) => Fields[number]): Fields {
  if (fields.length === 0) return fields;
  const at = random.below(fields.length);
  return fields.with(at, by(fields[at]!));
}
