import { giveUp } from '../boundary/boundary.ts';
import type { Owner } from '../boundary/owner.ts';

/** For `onread.callback`, which Node calls outside of any guard and which has to answer whether to read on. */
export function guardedReads(
  owner: Owner,
  onRead: (count: number, buffer: Buffer) => boolean,
): (count: number, buffer: Uint8Array) => boolean {
  return (count, buffer) => {
    try {
      return onRead(count, buffer as Buffer);
    } catch (error) {
      giveUp(owner, error);
      return false;
    }
  };
}
