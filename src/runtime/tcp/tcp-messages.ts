import type { TcpReport } from '../../tcp/connection/tally.ts';

/** What a proxy thread tells of its TCP ports. */
export type TcpMessage =
  /** `error` is empty when the port is open. */
  | { readonly kind: 'tcp-listening'; readonly port: number; readonly error: string }
  | { readonly kind: 'tcp-report'; readonly report: TcpReport };
