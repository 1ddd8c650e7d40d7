/** Of what c-ares and servers say: there are no such addresses. */
export const NO_SUCH_NAME: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/** A name that has no address now. `code`: ENOTFOUND, or EAI_AGAIN where nobody could tell. */
export class LookupError extends Error {
  override readonly name = 'LookupError';
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN';
  readonly hostname: string;

  constructor(hostname: string, cause: string) {
    const code = NO_SUCH_NAME.has(cause) ? 'ENOTFOUND' : 'EAI_AGAIN';
    super(code === cause ? `lookup ${code} ${hostname}` : `lookup ${code} ${hostname} (${cause})`);
    this.code = code;
    this.hostname = hostname;
  }

  get unanswered(): boolean {
    return this.code === 'EAI_AGAIN';
  }
}
