import { ADMIN_OPTIONS, type CommandSpec, HELP_OPTION } from './command-spec.ts';

export const TAP: CommandSpec = {
  name: 'tap',
  operands: '',
  meaning: 'look on while a router serves requests',
  details: `A line for each request that is over, as long as it is looked at, on all routers that share the bus and
cellgate.bus_key; others are named. At most 200 a second and thread, the rest are counted. The last word is the
beginning of the router's id. Headers and bodies are never shown; queries and clients as in the access log. Takes the right "debug".

Ends with 0 after --max or --for, or when it is stopped, with 1 when there is no answer, and with 64 when the command
line is wrong.`,
  options: [
    ...ADMIN_OPTIONS,
    { names: ['--route'], value: 'ROUTE', meaning: 'of this host, *.parent, or host/path alone' },
    { names: ['--app'], value: 'GUID', meaning: 'answered by this application alone' },
    { names: ['--status'], value: 'STATUS', meaning: 'with this status alone, like 503 or 5xx' },
    { names: ['--slower'], value: 'DURATION', meaning: 'that took longer alone' },
    { names: ['--here'], value: null, meaning: 'on the router that is asked alone' },
    { names: ['--max'], value: 'N', meaning: 'end after so many' },
    { names: ['--for'], value: 'DURATION', meaning: 'end after that time (default 60s)' },
    { names: ['--json'], value: null, meaning: 'a line of JSON for each' },
    HELP_OPTION,
  ],
};
