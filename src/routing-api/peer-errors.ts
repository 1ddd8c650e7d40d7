/** An answer whose status is no success. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: number;

  constructor(what: string, status: number) {
    super(`${what} answered ${status}`);
    this.status = status;
  }
}

/** It is there, and says no to who asks: asking again soon would change nothing, and may lock a client out. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof StatusError)) return error instanceof Error && isRefusal(error.cause);
  return error.status >= 400 && error.status < 500 && error.status !== 429;
}

/** Nothing has come for as long as may be. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError';
}
