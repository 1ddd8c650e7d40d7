import { CONFIG_OPTION, type CommandSpec, HELP_OPTION } from './command-spec.ts';

export const CHECK: CommandSpec = {
  name: 'check',
  operands: '[FILE]',
  meaning: 'say what is wrong with a configuration',
  details: `Looks at the file, and at what a start on this machine would find: folders and files that it names, certificates that
have expired, ports. Says "valid", or with --print prints the configuration in force as YAML, defaults included and
secrets hidden. Warnings are on the standard error; a router starts in spite of them.

Ends with 1, and every problem on the standard error, when the router would not start.`,
  options: [
    CONFIG_OPTION,
    { names: ['--print'], value: null, meaning: 'print the configuration in force' },
    {
      names: ['--file-only'],
      value: null,
      meaning: 'look at nothing but the file: it is for another machine',
    },
    HELP_OPTION,
  ],
};
