import assert from 'node:assert/strict';
import { test } from 'vitest';
import { COMMANDS, ROUTER } from '../../src/cli/commands.ts';
import { helpText } from '../../src/cli/help.ts';

test('help names every option with its value and meaning', () => {
  for (const command of [ROUTER, ...COMMANDS]) {
    const text = helpText(command);
    assert.ok(text.startsWith(`Usage: cellgate ${command.name}`.trimEnd()), text);
    for (const { names, value, meaning } of command.options) {
      assert.ok(text.includes(`${names.join(', ')}${value === null ? '' : ` ${value}`}`), text);
      assert.ok(text.includes(meaning), text);
    }
  }
});

test('the first help leads to all others', () => {
  for (const { name, meaning } of COMMANDS) {
    assert.match(helpText(ROUTER), new RegExp(`^  ${name} .*${meaning}$`, 'm'));
  }
});
