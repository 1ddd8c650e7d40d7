import { ADMIN_OPTIONS, type CommandSpec, HELP_OPTION } from './command-spec.ts';

export const ENDPOINT: CommandSpec = {
  name: 'endpoint',
  operands: 'drain|hold|ready ADDRESS|INSTANCE-ID | list',
  meaning: 'take single endpoints out of service, and back in',
  details: `drain   sessions that are there go on at it, nothing new comes
hold    nothing comes but requests that name its instance
ready   takes the order back
list    shows what is ordered, by whom and until when

It is decided for all routers that share the bus. An order ends by itself after --ttl. One that would leave a route
without any endpoint for new requests is refused, unless --force is said. Ends with 1 when it fails, and with 64 when
the command line is wrong.`,
  options: [
    ...ADMIN_OPTIONS,
    { names: ['--route'], value: 'ROUTE', meaning: 'for this route alone (default: for all of its routes)' },
    { names: ['--ttl'], value: 'DURATION', meaning: 'until it ends by itself (default 1h; 0: never)' },
    {
      names: ['--force'],
      value: null,
      meaning: 'also for the last endpoint of a route, or one that is not there',
    },
    { names: ['--json'], value: null, meaning: 'print JSON' },
    HELP_OPTION,
  ],
};
