/** How urgent a response is, as its client says (RFC 9218 §4): 0 before 7; incremental ones of one urgency take turns. */
export interface Priority {
  readonly urgency: number;
  readonly incremental: boolean;
}

/**
 * Where the client says nothing, RFC 9218 §4 has responses go one after the other. But nothing is also said by clients
 * that know of no priorities, and by proxies that carry many clients: for them a long one must not hold up the rest.
 */
export const UNSAID: Priority = { urgency: 3, incremental: true };

const TABLE: readonly Priority[] = Array.from({ length: 16 }, (_, i) => ({
  urgency: i >> 1,
  incremental: (i & 1) === 1,
}));

/** A Priority field's value, `u=1, i`; what is no such dictionary, or out of range, is as if it was not there. */
export function parsePriority(text: string): Priority {
  let urgency = 3;
  let incremental = false;
  for (const member of text.split(',', 16)) {
    const [item = ''] = member.split(';', 1);
    const [key = '', value = '?1'] = item.trim().split('=', 2);
    if (key === 'u' && /^[0-7]$/.test(value)) urgency = Number(value);
    else if (key === 'i' && /^\?[01]$/.test(value)) incremental = value === '?1';
  }
  return TABLE[urgency * 2 + (incremental ? 1 : 0)]!;
}
