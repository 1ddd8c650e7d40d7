import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'vitest';
import { findProgram } from '../../bench/find-program.ts';
import { manPage } from '../../packaging/man-page.ts';
import { COMMANDS, ROUTER } from '../../src/cli/commands.ts';
import { unlessInstalled } from '../support/peer-program.ts';
import { skipFor } from '../support/skip-for.ts';

const PAGE = manPage({ version: '1.2.3', description: 'A router.', router: ROUTER, commands: COMMANDS });

/** As a reader sees it, without the breaks that a narrow terminal would put in. */
function rendered(page: string): { text: string; warnings: string } {
  const args = ['-man', '-ww', '-Tutf8', '-P-c', '-P-b', '-P-u', '-rLL=400n'];
  const { stdout, stderr } = spawnSync(findProgram('groff')!, args, { input: page, encoding: 'utf8' });
  return { text: stdout.replaceAll('‐', '-'), warnings: stderr };
}

describe('the manual page', skipFor(unlessInstalled('groff')), () => {
  test('is such as the formatter has nothing to say against', () => {
    assert.equal(rendered(PAGE).warnings, '');
  });

  test('has every command with its operands, and every option with its value and meaning', () => {
    const { text } = rendered(PAGE);
    for (const { name, operands, options, details } of [ROUTER, ...COMMANDS]) {
      assert.ok(text.includes(`cellgate ${name} ${operands}`.trim()), name);
      for (const { names, value, meaning } of options) {
        assert.ok(text.includes([names.join(', '), value ?? ''].join(' ').trim()), `${name} ${names[0]}`);
        assert.ok(text.includes(meaning), `${name} ${names[0]}: ${meaning}`);
      }
      for (const line of details.split('\n')) assert.ok(text.includes(line), line);
    }
  });

  test('shows what the formatter would take for its own', () => {
    const command = { name: 'x', operands: "'A|\\B", meaning: "it's", details: ".SH no\n'no", options: [] };
    const { text, warnings } = rendered(
      manPage({ version: '1', description: 'X.', router: ROUTER, commands: [command] }),
    );
    assert.equal(warnings, '');
    for (const part of ["cellgate x 'A|\\B", '.SH no', "'no", "It's."]) assert.ok(text.includes(part), part);
  });
});
