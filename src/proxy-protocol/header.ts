/** Longest header accepted, bytes: a v2 header with generous TLVs; v1 has a bound of its own. */
export const MAX_HEADER_BYTES = 16 + 2048;

/** Who is at the two ends of the connection that a PROXY header stands before. */
export type ProxyHeader =
  | {
      readonly kind: 'proxied';
      /** IPv4 as dotted decimal, IPv6 without brackets. */
      readonly source: string;
      readonly sourcePort: number;
      readonly destination: string;
      readonly destinationPort: number;
    }
  /** The proxy speaks for itself (v2 LOCAL), or does not say for whom (v1 UNKNOWN, v2 UNSPEC and UNIX). */
  | { readonly kind: 'local' };

export type ProxyFault =
  /** It does not begin with either signature. */
  'no-header' | 'too-long' | 'malformed' | 'bad-checksum';

export type ProxyRead =
  /** So far it could be a header: more bytes are needed. */
  | { readonly kind: 'partial' }
  /** `length`: bytes the header took; what follows belongs to the connection. */
  | { readonly kind: 'header'; readonly header: ProxyHeader; readonly length: number }
  /** The connection must be dropped: the specification forbids to guess. */
  | { readonly kind: 'fault'; readonly fault: ProxyFault };

export const PARTIAL: ProxyRead = { kind: 'partial' };

export function fault(name: ProxyFault): ProxyRead {
  return { kind: 'fault', fault: name };
}
