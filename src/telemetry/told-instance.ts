import { BackwardWriter, LONGEST_DATAGRAM } from './backward-writer.ts';
import { readUuid } from './uuid-halves.ts';

/** What an instance index of the protocol's 32 bits may be. */
const INDEX = /^\d{1,9}$/;
const NONE = new Uint8Array(0);
/** Each is copied out of it. */
const scratchMemory = Buffer.allocUnsafeSlow(LONGEST_DATAGRAM);
const scratch = new BackwardWriter(scratchMemory);
const halves = new Uint32Array(4);

export interface InstanceFacts {
  readonly appId: string;
  readonly index: string;
  readonly id: string;
  readonly tags: Readonly<Record<string, string>> | null;
}

/** An instance as envelopes name it: written once, and copied into each. */
export interface ToldInstance {
  readonly appId: string;
  /** Fields 12 to 14 of an HttpStartStop event. */
  readonly named: Uint8Array;
  /** Field 17 of an envelope, again and again. */
  readonly tags: Uint8Array;
}

/** What is too long for a datagram is left out: no envelope with it could be sent. */
export function toldInstance({ appId, index, id, tags }: InstanceFacts): ToldInstance {
  const tagBytes = written(() => {
    for (const [key, value] of Object.entries(tags ?? {}).reverse()) writeTag(scratch, key, value);
  });
  const named = written(() => {
    if (id !== '') scratch.text(14, id);
    if (INDEX.test(index)) scratch.integer(13, Number(index));
    if (readUuid(appId, halves)) writeUuid(scratch, 12, halves);
  });
  return { appId, named, tags: tagBytes };
}

export function writeTag(writer: BackwardWriter, key: string, value: string): void {
  const { mark } = writer;
  writer.text(2, value);
  writer.text(1, key);
  writer.nest(17, mark);
}

export function writeUuid(writer: BackwardWriter, field: number, halves: Uint32Array): void {
  const { mark } = writer;
  writer.integer64(2, halves[2]!, halves[3]!);
  writer.integer64(1, halves[0]!, halves[1]!);
  writer.nest(field, mark);
}

function written(write: () => void): Uint8Array {
  scratch.turnTo(scratchMemory);
  scratch.begin();
  write();
  return scratch.done() ? Uint8Array.from(scratch.message()) : NONE;
}
