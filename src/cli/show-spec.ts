import { ADMIN_OPTIONS, type CommandSpec, HELP_OPTION } from './command-spec.ts';

export const SHOW: CommandSpec = {
  name: 'show',
  operands: 'overview|routes|endpoints|failures|rejected [TEXT]',
  meaning: 'look at what a router knows',
  details: `overview   the router in figures
routes     routes of HTTP, with their endpoints by state
endpoints  their endpoints: state, where what is known of each comes from, when it was last announced
failures   the last requests that failed, were tried again or took more than a second (right "debug")
rejected   the last requests, TLS handshakes and messages of the bus that were refused, with the byte that was wrong
           (right "debug")

TEXT is part of a route or of an address. Ends with 1 when there is no answer, and with 64 when the command line is
wrong.`,
  options: [
    ...ADMIN_OPTIONS,
    { names: ['--route'], value: 'ROUTE', meaning: 'of this route alone' },
    { names: ['--app'], value: 'GUID', meaning: 'endpoints: of this application alone' },
    {
      names: ['--state'],
      value: 'STATE',
      meaning: 'endpoints: in this state alone, like failed or draining',
    },
    { names: ['--limit'], value: 'N', meaning: 'so many at most (default 100, at most 500)' },
    { names: ['--watch'], value: null, meaning: 'again every two seconds, until stopped' },
    { names: ['--json'], value: null, meaning: 'print JSON; with --watch a line each time' },
    HELP_OPTION,
  ],
};
