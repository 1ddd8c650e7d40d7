import { once } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';

/**
 * For what is to be gone from the file system when the router ends. Answers what takes it away, once; where the process
 * ends before, by a signal in the middle of the start, that is done then.
 */
export function takeAwayAtExit(take: () => void): () => void {
  const taking = once(process, 'exit', ONE_MESSAGE, take);
  return () => {
    process.off('exit', taking);
    take();
  };
}
