/** The router cannot start; the message is one sentence for the operator. */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** The message of the log line about it: gorouter's, where gorouter has one. */
  readonly event: string;

  constructor(message: string, event = 'gorouter.start-failed') {
    super(message);
    this.event = event;
  }
}
