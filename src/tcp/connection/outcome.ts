/** How a relayed connection ended. */
export type Outcome =
  /** Both sides said all they had. */
  | 'closed'
  | 'client-reset'
  | 'backend-reset'
  | 'idle-timeout'
  /** Cut when the router stopped. */
  | 'stopped'
  | 'no-route'
  | 'no-backend'
  | 'backend-unreachable'
  | 'queue-full'
  | 'queue-timeout'
  | 'bad-proxy-header'
  | 'untrusted-proxy'
  | 'bad-client-hello'
  | 'tls-handshake-failed'
  /** Nothing in time that would tell the route. */
  | 'peek-timeout';
