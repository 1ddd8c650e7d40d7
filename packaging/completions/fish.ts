import type { CommandSpec, OptionSpec } from '../../src/cli/command-spec.ts';
import { choices, isPath, subcommands } from '../command-words.ts';

/** A file for a folder of fish's completions. */
export function fishCompletion(router: CommandSpec, commands: readonly CommandSpec[]): string {
  const first = commands.map(
    ({ name, meaning }) => `${OF_ROUTER} -f -a ${quoted(name)} -d ${quoted(meaning)}`,
  );
  const lines = [
    ...router.options.map((option) => optionLine(OF_ROUTER, option)),
    ...first,
    ...commands.flatMap((command) => commandLines(command, commands)),
  ];
  return `# Completion of cellgate for fish.\n${lines.join('\n')}\n`;
}

const OF_ROUTER = 'complete -c cellgate -n __fish_use_subcommand';

function commandLines(command: CommandSpec, commands: readonly CommandSpec[]): string[] {
  const start = `complete -c cellgate -n ${quoted(`__fish_seen_subcommand_from ${command.name}`)}`;
  const words = command.name === 'help' ? commands.map(({ name }) => name) : subcommands(command);
  const operands = words.length === 0 ? [] : [`${start} -f -a ${quoted(words.join(' '))}`];
  return [...operands, ...command.options.map((option) => optionLine(start, option))];
}

/** Names with one dash and several letters are Go's, and fish has a kind of its own for them. */
function optionLine(start: string, { names, value, meaning }: OptionSpec): string {
  const spellings = names.map((name) => {
    const bare = name.replace(/^-+/, '');
    const kind = name.startsWith('--') ? '-l' : bare.length === 1 ? '-s' : '-o';
    return `${kind} ${bare}`;
  });
  return `${start} ${spellings.join(' ')}${argument(value)} -d ${quoted(meaning)}`;
}

function argument(value: string | null): string {
  if (value === null) return '';
  if (isPath(value)) return ' -r -F';
  const words = choices(value);
  return words.length === 0 ? ' -x' : ` -x -a ${quoted(words.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
