/** How a relayed connection ended. */
export type Outcome =
  /** Both sides said all they had. */
  | 'closed'
  | 'client-reset'
  | 'backend-reset'
  | 'idle-timeout'
  /** Cut when the router stopped. */
  | 'stopped'
  /** Something went wrong in the router, and this connection was given up for it. */
  | 'router-fault'
  | 'no-route'
  /** Its route ends TLS elsewhere by now, or knows nothing of the protocol that was agreed on. */
  | 'route-changed'
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
