import type { CommandSpec, OptionSpec } from '../../src/cli/command-spec.ts';
import { choices, isPath, subcommands } from '../command-words.ts';

/** For bash-completion, and for `source`: names of commands and options, words and files as their values. */
export function bashCompletion(router: CommandSpec, commands: readonly CommandSpec[]): string {
  const names = commands.map(({ name }) => name);
  return `# Completion of cellgate for bash.
_cellgate() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command='' words=''
  if ((COMP_CWORD > 1)); then command=\${COMP_WORDS[1]}; fi
  if [[ $command == -* ]]; then command=''; fi
  case $command in
${[router, ...commands].map((command) => commandCase(command, names)).join('\n')}
  *) return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _cellgate cellgate
`;
}

function commandCase(command: CommandSpec, names: readonly string[]): string {
  const first = command.name === '' || command.name === 'help' ? names : subcommands(command);
  const options = command.options.flatMap((option) => option.names);
  return `  ${command.name === '' ? "''" : command.name})
    case $before in
${command.options.flatMap(valueCase).join('\n')}
    esac
    words='${options.join(' ')}'
    if ((COMP_CWORD <= ${command.name === '' ? 1 : 2})); then words+=' ${first.join(' ')}'; fi
    ;;`;
}

/** What follows an option that takes a value; nothing is offered where it could be anything. */
function valueCase({ names, value }: OptionSpec): string[] {
  if (value === null) return [];
  const words = choices(value);
  const offered = isPath(value)
    ? 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word")'
    : `mapfile -t COMPREPLY < <(compgen -W '${words.join(' ')}' -- "$word")`;
  return [`    ${names.join(' | ')}) ${isPath(value) || words.length > 0 ? `${offered}; ` : ''}return ;;`];
}
