import { ADMIN_OPTIONS, type CommandSpec, HELP_OPTION } from './command-spec.ts';

export const SHOW: CommandSpec = {
  name: 'show',
  operands: 'overview|routes|endpoints|splits|sessions|errors|failures|rejected|threads|tls [TEXT]',
  meaning: 'look at what a router knows',
  details: `overview   the router in figures
routes     routes of HTTP, with their endpoints by state
endpoints  their endpoints: state, where what is known of each comes from, when it was last announced
splits     routes whose traffic is shared out, and what each part of them has taken
sessions   what clients have had under way for ten seconds, or as --older says: requests, WebSockets, TCP (right "debug")
errors     what the router has answered itself over the last ten minutes, by error, route and endpoint
failures   the last requests that failed, were tried again or took more than a second (right "debug")
rejected   the last requests, connections, TLS handshakes and messages of the bus that were refused, with the byte that
           was wrong (right "debug")
threads    the proxy threads: connections, requests, CPU, how late turns of their loops come
tls        certificates and when they end, and what became of TLS handshakes with clients

TEXT is part of a route or of an address. Ends with 1 when there is no answer, and with 64 when the command line is
wrong.`,
  options: [
    ...ADMIN_OPTIONS,
    { names: ['--route'], value: 'ROUTE', meaning: 'of this route alone' },
    { names: ['--app'], value: 'GUID', meaning: 'endpoints, sessions: of this application alone' },
    {
      names: ['--state'],
      value: 'STATE',
      meaning: 'endpoints: in this state alone, like failed or draining',
    },
    {
      names: ['--older'],
      value: 'TIME',
      meaning: 'sessions: that have lasted so long, like 1h (default 10s)',
    },
    { names: ['--limit'], value: 'N', meaning: 'so many at most (default 100, at most 500)' },
    { names: ['--watch'], value: null, meaning: 'again every two seconds, until stopped' },
    { names: ['--json'], value: null, meaning: 'print JSON; with --watch a line each time' },
    HELP_OPTION,
  ],
};
