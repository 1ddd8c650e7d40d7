import type { DialTimes } from '../upstream.ts';

/** When the attempts of one exchange failed and succeeded, for the extra fields of the access log. Reused. */
export class AttemptTimes {
  failed = 0;
  /** -1: none has. */
  lastFailedAt = -1;
  /** Whether a backend's response reached the client. */
  succeeded = false;
  /** Milliseconds; -1 is unknown. */
  dns = -1;
  dial = -1;
  tls = -1;
  localAddress = '';

  reset(): void {
    this.failed = 0;
    this.lastFailedAt = -1;
    this.succeeded = false;
    this.dns = -1;
    this.dial = -1;
    this.tls = -1;
    this.localAddress = '';
  }

  /** The request is about to go over this connection. `reused`: its making is none of this exchange's business. */
  takes(times: DialTimes, reused: boolean): void {
    const { dialedAt, lookedUpAt, connectedAt, securedAt, localAddress } = times;
    this.localAddress = localAddress;
    this.dns = reused || lookedUpAt < 0 ? -1 : lookedUpAt - dialedAt;
    this.dial = reused || connectedAt < 0 ? -1 : connectedAt - (lookedUpAt < 0 ? dialedAt : lookedUpAt);
    this.tls = reused || securedAt < 0 ? -1 : securedAt - connectedAt;
  }

  fail(now: number): void {
    this.failed++;
    this.lastFailedAt = now;
  }
}
