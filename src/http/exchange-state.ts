export type ExchangeState =
  /** No request. */
  | 'idle'
  /** An endpoint is chosen, the connection to it is being made. */
  | 'connecting'
  /** The request is being sent or has been; nothing has come back. */
  | 'waiting'
  /** The response head has gone to the client. */
  | 'responding'
  /** The two sides have switched to another protocol. */
  | 'tunneling';
