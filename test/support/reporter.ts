import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';
import { realPeersLine } from './real-peers.ts';

interface FileTally {
  passed: number;
  failed: number;
  readonly startedAt: number;
}

/** A line per test file, every failure and every skip in full, which real peers there were, and the totals at the end. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files = new Map<string, FileTally>();
  const failures: string[] = [];
  const skips: string[] = [];
  for await (const event of events) {
    if (event.type === 'test:pass' || event.type === 'test:fail') {
      const { data } = event;
      if (data.details.type === 'suite' || data.file === undefined) continue;
      const tally = files.get(data.file) ?? { passed: 0, failed: 0, startedAt: Date.now() };
      files.set(data.file, tally);
      if (event.type === 'test:pass') {
        if (data.skip === undefined) tally.passed++;
        else skips.push(`${place(data.file)}: ${data.name}: ${data.skip}`);
      } else {
        tally.failed++;
        failures.push(`${place(data.file)}:${data.line}  ${data.name}\n${causeOf(event.data.details.error)}`);
      }
    } else if (event.type === 'test:stderr' || event.type === 'test:stdout') {
      yield event.data.message;
    } else if (
      event.type === 'test:diagnostic' &&
      event.data.file !== undefined &&
      event.data.nesting === 0
    ) {
      yield `  ${event.data.message}\n`;
    } else if (event.type === 'test:summary' && event.data.file !== undefined) {
      yield fileLine(event.data.file, files.get(event.data.file), event.data.duration_ms);
    }
  }
  yield totals([...files.values()], failures, skips);
}

function fileLine(file: string, tally: FileTally | undefined, milliseconds: number): string {
  if (tally === undefined) return '';
  const failed = tally.failed > 0 ? `, ${tally.failed} FAILED` : '';
  return `${tally.failed > 0 ? '✖' : '✔'} ${place(file)}  ${tally.passed} passed${failed} (${(milliseconds / 1000).toFixed(1)} s)\n`;
}

function totals(files: readonly FileTally[], failures: readonly string[], skips: readonly string[]): string {
  const passed = files.reduce((sum, tally) => sum + tally.passed, 0);
  const lines = [
    '',
    ...skips.map((skip) => `skipped: ${skip}`),
    ...failures.map((failure) => `\n✖ ${failure}`),
  ];
  return `${lines.join('\n')}\n${realPeersLine()}\n${passed} passed, ${failures.length} failed, ${skips.length} skipped\n`;
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return inspect(cause, { colors: false }).replace(/^/gm, '    ');
}

function place(file: string): string {
  return relative(process.cwd(), file);
}
