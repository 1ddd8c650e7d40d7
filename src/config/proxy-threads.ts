import { availableParallelism } from 'node:os';
import { MAX_PROXY_THREADS } from './schema/cellgate.ts';

/** As many as a configuration says, else one for each core. */
export function proxyThreads({ proxy_threads }: { readonly proxy_threads?: number | undefined }): number {
  return proxy_threads ?? Math.min(availableParallelism(), MAX_PROXY_THREADS);
}
