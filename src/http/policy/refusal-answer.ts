import type { Fault } from '../message/fault.ts';
import { withProxyStatus } from './proxy-status.ts';
import { type Answer, lastAnswer, plainAnswer, type RouterError, refusal } from './router-error.ts';

interface Saying {
  readonly settings: { readonly proxyStatus: boolean };
  readonly httpDate: string;
}

/** To what is not the HTTP it should be, where more may be answered after it. */
export function refusalAnswer(fault: Fault, { settings, httpDate }: Saying): Answer {
  return plainAnswer(withProxyStatus(refusal(fault), settings), '', httpDate);
}

/** The same as a whole response in HTTP/1.1, the last one on its connection. */
export function lastRefusal(fault: Fault, saying: Saying): string {
  return lastError(refusal(fault), saying);
}

/** Any error, to whom nothing more is answered. */
export function lastError(error: RouterError, { settings, httpDate }: Saying): string {
  return lastAnswer(withProxyStatus(error, settings), httpDate);
}
