import { giveUp } from './boundary.ts';
import type { Owner } from './owner.ts';

/** For what no handler of this thread has caught, ours or a library's. Answers how to take it away again. */
export function catchTheRest(owner: Owner): () => void {
  const onError = (error: unknown): void => giveUp(owner, error);
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  return () => {
    process.off('uncaughtException', onError);
    process.off('unhandledRejection', onError);
  };
}
