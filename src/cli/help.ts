import type { CommandSpec } from './command-spec.ts';
import { COMMANDS, ROUTER } from './commands.ts';

export function helpText(command: CommandSpec): string {
  const paragraphs = [
    `${usage(command)}\n${capitalised(command.meaning)}.`,
    command.details,
    table(
      'Options',
      command.options.map(({ names, value, meaning }) => [
        names.join(', ') + (value === null ? '' : ` ${value}`),
        meaning,
      ]),
    ),
  ];
  if (command === ROUTER) {
    const commands = COMMANDS.map(({ name, operands, meaning }) => [`${name} ${operands}`, meaning] as const);
    paragraphs.push(table('Commands', commands), 'See "cellgate help COMMAND" for one of them.');
  }
  return `${paragraphs.filter((paragraph) => paragraph !== '').join('\n\n')}\n`;
}

function usage({ name, operands }: CommandSpec): string {
  return ['Usage: cellgate', name, '[OPTIONS]', operands].filter((part) => part !== '').join(' ');
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function table(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return [`${title}:`, ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)].join('\n');
}
