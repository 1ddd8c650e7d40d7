import { type Http2Refusal, http2RefusalCounter } from '../../../telemetry/counters.ts';
import type { Fault } from '../../message/fault.ts';
import { faultPlace, NOWHERE } from '../../message/fault-place.ts';
import type { Head } from '../../message/head.ts';
import { TOLD_BYTES } from '../../message/head-limits.ts';
import type { ClientFacts } from '../../policy/client-facts.ts';
import type { ProxyContext } from '../../proxy-context.ts';
import type { RefusedText } from '../../refusal.ts';
import { type MalformedBlock, NO_BLOCK } from '../head-fields.ts';

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

/** Counts and tells of what a connection was refused for. `block`: the header block that was none; null: it was something else. */
export function noteRefusedBlock(
  context: ProxyContext,
  client: ClientFacts,
  name: Http2Refusal,
  reason: string,
  block: MalformedBlock | null,
): void {
  const { text, position } = block ?? NO_BLOCK;
  context.counters.add(http2RefusalCounter(name));
  const refused = { client, head: told(text), position, isHttp2: true, logs: false };
  context.noteRefusal({ name, status: 0, detail: '' }, client.address, refused, reason);
}

/** Of as many characters as the text. */
function told(text: string): string {
  return text.slice(0, TOLD_BYTES).replace(OF_HTTP_1, OF_HTTP_2);
}
