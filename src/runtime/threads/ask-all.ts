import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { Answer, ProxyWorker } from './proxy-worker.ts';
import type { FromProxyThread, ToProxyThread } from './thread-messages.ts';

/** What threads answer to a question; those that end meanwhile do not, and nobody waits longer for the others. */
export async function askAll<Kind extends FromProxyThread['kind']>(
  workers: Iterable<ProxyWorker>,
  request: ToProxyThread,
  kind: Kind,
  limit: number,
  log: ComponentLog,
  fits?: (message: Extract<FromProxyThread, { kind: Kind }>) => boolean,
): Promise<Extract<FromProxyThread, { kind: Kind }>[]> {
  const asked = [...workers].filter(({ state }) => state !== 'cut');
  const answers = asked.map((worker) => worker.answer([kind], limit, fits));
  for (const worker of asked) worker.say(request);
  const heard: Answer<Kind>[] = await Promise.all(answers);
  const silent = asked.filter((_, at) => heard[at] === 'late').map(({ lane }) => lane);
  if (silent.length > 0) log.warn('proxy-threads-silent', { threads: silent, asked: request.kind });
  return heard.filter((answer) => typeof answer !== 'string');
}
