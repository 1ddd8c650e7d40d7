import type { CommandSpec, OptionSpec } from '../../src/cli/command-spec.ts';
import { choices, isPath, subcommands } from '../command-words.ts';

/** A file `_cellgate` for a folder of zsh's `fpath`. */
export function zshCompletion(router: CommandSpec, commands: readonly CommandSpec[]): string {
  const described = commands.map(({ name, meaning }) => `    ${quoted(`${name}:${meaning}`)}`);
  const cases = commands.map(
    (command) => `    ${command.name})
      _arguments -S ${specs(command)} ${operands(command, commands)}
      ;;`,
  );
  return `#compdef cellgate
# Completion of cellgate for zsh.
_cellgate() {
  local -a commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe -t commands command commands
    return
  fi
  if [[ $words[2] == -* ]]; then
    _arguments -S ${specs(router)}
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
_cellgate "$@"
`;
}

function operands(command: CommandSpec, commands: readonly CommandSpec[]): string {
  const words = command.name === 'help' ? commands.map(({ name }) => name) : subcommands(command);
  return words.length === 0 ? "'*::'" : `'1:what:(${words.join(' ')})' '*::'`;
}

function specs({ options }: CommandSpec): string {
  return options.map(spec).join(' ');
}

function spec({ names, value, meaning }: OptionSpec): string {
  const text = `[${meaning.replaceAll(/[[\]:\\]/g, '\\$&')}]${action(value)}`;
  return names.length === 1 ? quoted(`*${names[0]}${text}`) : `'*'{${names.join(',')}}${quoted(text)}`;
}

function action(value: string | null): string {
  if (value === null) return '';
  const words = choices(value);
  if (words.length > 0) return `:value:(${words.join(' ')})`;
  return isPath(value) ? ':file:_files' : ':value: ';
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
