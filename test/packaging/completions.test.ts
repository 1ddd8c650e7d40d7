import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { findProgram } from '../../bench/find-program.ts';
import { bashCompletion } from '../../packaging/completions/bash.ts';
import { fishCompletion } from '../../packaging/completions/fish.ts';
import { zshCompletion } from '../../packaging/completions/zsh.ts';
import { COMMANDS, ROUTER } from '../../src/cli/commands.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { unlessInstalled } from '../support/peer-program.ts';
import { skipFor } from '../support/skip-for.ts';

const NAMES = COMMANDS.map(({ name }) => name);

/** What a shell offers for the last of these words; its folder has a file `some.yml`. */
type Completer = (t: TestContext, ...words: string[]) => string[];

function shell(t: TestContext, program: string, args: readonly string[], completion: string): string[] {
  const cwd = temporaryDirectory(t);
  writeFileSync(join(cwd, 'completion'), completion);
  writeFileSync(join(cwd, 'some.yml'), '');
  const env = { ...process.env, HOME: cwd, TERM: 'dumb' };
  const { stdout, stderr } = spawnSync(findProgram(program)!, args, { cwd, env, encoding: 'utf8' });
  assert.equal(stderr, '');
  return stdout.split('\n').filter((line) => line !== '');
}

const bash: Completer = (t, ...words) => {
  // compopt is for a completion that readline has asked for.
  const script = `compopt() { :; }; source ./completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _cellgate; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return shell(t, 'bash', ['-c', script, 'bash', ...words], bashCompletion(ROUTER, COMMANDS));
};

const fish: Completer = (t, ...words) => {
  const script = 'source ./completion; complete -C "$argv"';
  const lines = shell(t, 'fish', ['-c', script, ...words], fishCompletion(ROUTER, COMMANDS));
  return lines.map((line) => line.split('\t')[0]!);
};

/** What is handed to zsh's own functions; the rest is theirs. */
const zsh: Completer = (t, ...words) => {
  const script = `_describe() { print -rl -- "\${commands[@]%%:*}"; }
    _arguments() { print -rl -- "$@" }
    words=("$@"); CURRENT=$#; source ./completion`;
  return shell(t, 'zsh', ['-f', '-c', script, 'zsh', ...words], zshCompletion(ROUTER, COMMANDS));
};

for (const [name, complete] of Object.entries({ bash, fish })) {
  describe(`completion for ${name}`, skipFor(unlessInstalled(name)), () => {
    test('offers every command, and those that begin so', (t) => {
      const offered = complete(t, 'cellgate', '');
      for (const each of NAMES) assert.ok(offered.includes(each), each);
      assert.deepEqual(complete(t, 'cellgate', 'wait').sort(), ['wait-route']);
      assert.deepEqual(complete(t, 'cellgate', 'help', 'cuto'), ['cutover']);
    });

    test('offers what a command can be told to do, once', (t) => {
      assert.deepEqual(complete(t, 'cellgate', 'table', 'exp'), ['export']);
      assert.deepEqual(complete(t, 'cellgate', 'cutover', 'pro'), ['promote']);
    });

    test('offers the options of each command', (t) => {
      for (const { name: command, options } of COMMANDS) {
        const offered = complete(t, 'cellgate', command, '--');
        const long = options.flatMap(({ names }) => names).filter((option) => option.startsWith('--'));
        for (const option of long) assert.ok(offered.includes(option), `${command} ${option}`);
      }
    });

    test('offers words and files as values', (t) => {
      assert.deepEqual(complete(t, 'cellgate', 'split', '--on-empty', 's'), ['spill']);
      assert.deepEqual(complete(t, 'cellgate', '-c', 'som'), ['some.yml']);
      assert.deepEqual(complete(t, 'cellgate', 'register', '--app', ''), []);
    });
  });
}

describe('completion for zsh', skipFor(unlessInstalled('zsh')), () => {
  test('describes every command', (t) => {
    assert.deepEqual(zsh(t, 'cellgate', ''), NAMES);
  });

  test('hands on what a command takes, special characters and all', (t) => {
    for (const { name, options } of COMMANDS) {
      const given = zsh(t, 'cellgate', name, '').join('\n');
      for (const option of options.flatMap(({ names }) => names)) {
        assert.ok(given.includes(`*${option}[`), `${name} ${option}`);
      }
    }
    assert.ok(zsh(t, 'cellgate', 'table', '').includes('1:what:(export import diff)'));
    assert.ok(zsh(t, 'cellgate', '-').some((line) => line.startsWith('*--config[')));
    const line = zsh(t, 'cellgate', 'table', '').find((each) => each.startsWith('*--file['));
    assert.equal(line, '*--file[export\\: this snapshot, in the place of a router]:file:_files');
  });
});
