import { type CommandSpec, HELP_OPTION } from './command-spec.ts';

/** How a route's load may be spread. */
export const REGISTER_ALGORITHMS = ['round-robin', 'least-connection', 'hash'] as const;

export const REGISTER: CommandSpec = {
  name: 'register',
  operands: 'ROUTE... HOST:PORT',
  meaning: 'announce routes to an application until stopped',
  details: `Registers every ROUTE (host[/path], *.host) for the application at HOST:PORT, repeats that as
heartbeats, and unregisters when it is told to stop (Ctrl-C). With --tcp there is no ROUTE: the routers' port is one.

  cellgate register shop.example.com 10.0.0.5:3000 --check /health
  cellgate register --tcp 5432 10.0.0.5:5432

For all that runs on a machine there is "cellgate agent". Ends with 1 when the bus cannot be reached, and with 64 when
the command line is wrong.`,
  options: [
    {
      names: ['--bus'],
      value: 'nats://[USER:PASS@]HOST:PORT',
      meaning: 'the bus to announce on (default nats://127.0.0.1:4222)',
    },
    { names: ['--bus-ca'], value: 'FILE', meaning: 'speak TLS with the bus: whom to believe, PEM' },
    { names: ['--bus-cert'], value: 'FILE', meaning: 'with it: what to show to the bus, PEM' },
    { names: ['--bus-key'], value: 'FILE', meaning: 'with it: the key of that, PEM' },
    {
      names: ['--check'],
      value: '/PATH|tcp|grpc',
      meaning: 'announce the application only while it answers this',
    },
    { names: ['--app'], value: 'GUID', meaning: 'the application' },
    { names: ['--instance-id'], value: 'ID', meaning: 'the instance, for sticky sessions' },
    { names: ['--index'], value: 'N', meaning: "the instance's number" },
    { names: ['--isolation-segment'], value: 'NAME', meaning: 'for routers that serve only some of them' },
    { names: ['--tag'], value: 'KEY=VALUE', meaning: 'a tag; may be repeated' },
    { names: ['--tls-port'], value: 'PORT', meaning: 'routers ask the application over TLS, on this port' },
    { names: ['--san'], value: 'NAME', meaning: 'which the certificate of the application must have' },
    { names: ['--protocol'], value: 'PROTOCOL', meaning: 'that the application speaks: http1, http2' },
    {
      names: ['--loadbalancing'],
      value: 'ALGORITHM',
      meaning: `how the routes' load is spread: ${REGISTER_ALGORITHMS.join(', ')}`,
    },
    { names: ['--hash-header'], value: 'NAME', meaning: 'with hash: the field of requests that decides' },
    { names: ['--timeout'], value: 'DURATION', meaning: 'longest exchange with the application, like 90s' },
    { names: ['--route-service'], value: 'URL', meaning: 'where requests go first, https' },
    { names: ['--tcp'], value: 'PORT', meaning: 'of the routers, in the place of a ROUTE' },
    {
      names: ['--sni'],
      value: 'NAME',
      meaning: 'with --tcp: only connections that ask for this server name',
    },
    {
      names: ['--interval'],
      value: 'SECONDS',
      meaning: 'time between heartbeats, 1 or more (default: what the router asks for, else 20)',
    },
    HELP_OPTION,
  ],
};
