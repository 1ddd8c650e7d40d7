import { CONFIG_OPTION, type CommandSpec, HELP_OPTION } from './command-spec.ts';

export const HEALTH: CommandSpec = {
  name: 'health',
  operands: '',
  meaning: 'ask a router on this machine whether it takes requests',
  details: `For supervisors and containers. Asks the health address that the configuration has, or the one of a router that was
started without; of "cellgate tcp" it has to be told. Ends with 0 when the router is healthy, with 1 when it starts,
drains, or does not answer within 3 s, and with 64 when the command line is wrong.`,
  options: [
    CONFIG_OPTION,
    {
      names: ['--url'],
      value: 'URL',
      meaning: 'ask there, like http://127.0.0.1:8080; without a path: /health',
    },
    HELP_OPTION,
  ],
};
