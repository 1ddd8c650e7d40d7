import type { Fault } from '../../message/fault.ts';
import { faultPlace, NOWHERE } from '../../message/fault-place.ts';
import type { Head } from '../../message/head.ts';
import { TOLD_BYTES } from '../../message/head-limits.ts';
import type { ClientFacts } from '../../policy/client-facts.ts';
import type { RefusedText } from '../../refusal.ts';
import type { MalformedBlock } from '../head-fields.ts';

/** How a request line ends, in which every head is kept, and in which it is told of. */
const OF_HTTP_1 = ' HTTP/1.1\r\n';
const OF_HTTP_2 = ' HTTP/2.0\r\n';

/** What is told of a request that is refused. @param isHead whether it is for its head, not for what follows */
export function refusedStream(
  fault: Fault,
  { head, client }: { readonly head: Head; readonly client: ClientFacts },
  isHead: boolean,
): RefusedText {
  const position = isHead ? faultPlace(fault, head) : NOWHERE;
  return { client, head: told(head.text), position, isHttp2: true, logs: isHead };
}

/** What is told of a header block that is none. */
export function refusedBlock({ text, position }: MalformedBlock, client: ClientFacts): RefusedText {
  return { client, head: told(text), position, isHttp2: true, logs: false };
}

/** Of as many characters as the text. */
function told(text: string): string {
  return text.slice(0, TOLD_BYTES).replace(OF_HTTP_1, OF_HTTP_2);
}
