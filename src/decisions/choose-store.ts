import type { Away, Refused } from './decision-store.ts';
import type { FilePresence } from './decisions-file.ts';
import type { JetStreamPresence } from './jetstream-fault.ts';

/** All that the choice follows from. */
export interface StoreFacts {
  /** `cellgate.decisions.store` */
  readonly configured: 'auto' | 'jetstream' | 'file' | 'none';
  /** Of the NATS that decisions go to. */
  readonly jetStream: JetStreamPresence;
  /** Other routers in the roll-call; null: not known yet. */
  readonly others: number | null;
  /** Whether this router has a folder of its own. */
  readonly folder: boolean;
  /** The file in that folder. */
  readonly file: FilePresence;
  /** What this router used last, in this process or before; null: nothing. */
  readonly before: 'jetstream' | 'file' | null;
}

export interface StoreChoice {
  /** Where decisions are read; null: nowhere, and those that are remembered hold. */
  readonly store: 'jetstream' | 'file' | null;
  /** Whether what the file holds is to be carried over first. */
  readonly carries: boolean;
  /** Why nothing is decided here; null: it is. */
  readonly blocked: Away | Refused | null;
}

const TURN_ON =
  'turn JetStream on in NATS (`jetstream {}` in nats-server.conf), or name a NATS that has it in cellgate.decisions.hosts';

const UNKNOWN = 'it is not known yet whether NATS has JetStream';
const DENIED =
  'this NATS user may not ask whether there is JetStream: permit it `$JS.API.>` and `$KV.cellgate.>`, or set cellgate.decisions.store to file';

/** Which store a router uses. Two routers that cannot agree never decide, each for itself. */
export function chooseStore(facts: StoreFacts): StoreChoice {
  const { configured, jetStream, file } = facts;
  if (configured === 'none') return nowhere(refused('cellgate.decisions.store is none'));
  if (configured === 'file') return fileChoice(facts);
  const jetstream: StoreChoice = { store: 'jetstream', carries: file === 'present', blocked: null };
  if (configured === 'jetstream' || jetStream === 'yes') return jetstream;
  // What was agreed on there is not to be decided anew elsewhere because JetStream is away.
  const wasAgreed = facts.before === 'jetstream' || file === 'carried';
  if (jetStream !== 'no') {
    if (wasAgreed) return { ...jetstream, carries: false };
    const blocked = jetStream === 'denied' ? refused(DENIED) : away(UNKNOWN);
    return file === 'present' ? { ...fileChoice(facts), blocked } : nowhere(blocked);
  }
  if (wasAgreed) {
    const why = `decisions were kept in JetStream, which this NATS does not have: ${TURN_ON}, or set cellgate.decisions.store to file`;
    return { store: 'jetstream', carries: false, blocked: refused(why) };
  }
  return fileChoice(facts);
}

function fileChoice({ configured, folder, others }: StoreFacts): StoreChoice {
  const advice = configured === 'file' ? `set cellgate.decisions.store to auto, and ${TURN_ON}` : TURN_ON;
  if (others === null) {
    const blocked = away('it is not known yet whether there are other routers');
    return folder ? inFile(blocked) : nowhere(blocked);
  }
  if (others > 0) {
    const count = others === 1 ? 'there is another router' : `there are ${others} other routers`;
    const blocked = refused(`${count} to agree with: ${advice}`);
    return folder ? inFile(blocked) : nowhere(blocked);
  }
  if (folder) return inFile(null);
  return nowhere(refused(`there is no folder to keep decisions in: set cellgate.state_dir, or ${advice}`));
}

function inFile(blocked: StoreChoice['blocked']): StoreChoice {
  return { store: 'file', carries: false, blocked };
}

function nowhere(blocked: Away | Refused): StoreChoice {
  return { store: null, carries: false, blocked };
}

function away(why: string): Away {
  return { outcome: 'away', why };
}

function refused(why: string): Refused {
  return { outcome: 'refused', why };
}
