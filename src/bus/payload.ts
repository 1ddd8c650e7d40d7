/** Messages above the NATS default `max_payload` are refused unread: decoding blocks the control thread. */
const MAX_PAYLOAD = 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export type ParsedPayload =
  | { readonly ok: true; readonly json: string; readonly value: unknown }
  | { readonly ok: false; readonly error: string };

/** The JSON in a message. Never throws. */
export function parsePayload(payload: Uint8Array): ParsedPayload {
  if (payload.length > MAX_PAYLOAD) {
    return refused(`payload is ${payload.length} bytes long, allowed: at most ${MAX_PAYLOAD}`);
  }
  let json: string;
  try {
    json = utf8.decode(payload);
  } catch {
    return refused('payload is not valid UTF-8');
  }
  try {
    return { ok: true, json, value: JSON.parse(json) };
  } catch (error) {
    const position = /position \d+/.exec(String(error));
    return refused(`payload is not valid JSON${position === null ? '' : ` (${position[0]})`}`);
  }
}

function refused(error: string): ParsedPayload {
  return { ok: false, error };
}
