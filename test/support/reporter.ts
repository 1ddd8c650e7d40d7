import { relative } from 'node:path';
import { inspect } from 'node:util';
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';
import { realPeersLine } from './real-peers.ts';

/** Of failures that do not belong to one test: a file that cannot be loaded, what a suite shares. */
interface Failure {
  readonly where: string;
  readonly errors: readonly SerializedError[];
}

/** A line per test file, every failure and every skip in full, which real peers there were, and the totals at the end. */
export default class FileReporter implements Reporter {
  onTestModuleEnd(file: TestModule): void {
    const { passed, skipped } = countOf(file);
    const failed = failuresOf(file).length;
    const { collectDuration, setupDuration, duration } = file.diagnostic();
    const seconds = ((setupDuration + collectDuration + duration) / 1000).toFixed(1);
    const others = `${failed > 0 ? `, ${failed} FAILED` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    const line = `${failed > 0 ? '✖' : '✔'} ${file.relativeModuleId}  ${passed} passed${others} (${seconds} s)\n`;
    process.stdout.write(notesOf(file) + line);
  }

  /** `lost`: errors that no test waited for, of which each is a failure. */
  onTestRunEnd(files: readonly TestModule[], lost: readonly SerializedError[]): void {
    const passed = files.reduce((sum, file) => sum + countOf(file).passed, 0);
    const failures = files.flatMap(failuresOf);
    for (const error of lost) failures.push({ where: whileRunning(error), errors: [error] });
    const skips = files.flatMap(skipsOf);
    const lines = [
      '',
      ...skips.map((skip) => `skipped: ${skip}`),
      ...failures.map(({ where, errors }) => `\n✖ ${where}\n${errors.map(textOf).join('\n')}`),
      '',
      realPeersLine(),
      `${passed} passed, ${failures.length} failed, ${skips.length} skipped`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}

function countOf(file: TestModule): { passed: number; skipped: number } {
  const states = Array.from(file.children.allTests(), (test) => test.result().state);
  const count = (state: string): number => states.filter((each) => each === state).length;
  return { passed: count('passed'), skipped: count('skipped') };
}

function failuresOf(file: TestModule): Failure[] {
  const failures: Failure[] =
    file.errors().length > 0 ? [{ where: file.relativeModuleId, errors: file.errors() }] : [];
  for (const suite of file.children.allSuites()) {
    if (suite.errors().length > 0) failures.push({ where: placeOf(file, suite), errors: suite.errors() });
  }
  for (const test of file.children.allTests('failed')) {
    failures.push({ where: placeOf(file, test), errors: test.result().errors ?? [] });
  }
  return failures;
}

function skipsOf(file: TestModule): string[] {
  return Array.from(file.children.allTests('skipped'), (test) => {
    const result = test.result();
    const note = result.state === 'skipped' ? result.note : undefined;
    return `${file.relativeModuleId}: ${test.fullName}: ${test.meta().skippedFor ?? note ?? 'nothing says why'}`;
  });
}

/** What tests have said of themselves. */
function notesOf(file: TestModule): string {
  const notes = Array.from(file.children.allTests(), (test) => test.annotations()).flat();
  return notes.map(({ message }) => `  ${message}\n`).join('');
}

function placeOf(file: TestModule, part: Pick<TestCase, 'fullName' | 'location'>): string {
  return `${file.relativeModuleId}:${part.location?.line ?? '?'}  ${part.fullName}`;
}

function whileRunning({ VITEST_TEST_PATH: file, VITEST_TEST_NAME: test }: SerializedError): string {
  if (typeof file !== 'string') return 'outside of any test';
  return `${relative(process.cwd(), file)}  ${test ?? 'a test'}, or what has gone on behind it`;
}

/** In a stack, calls of the runner and of Node, and what makes the runner load a file anew. */
const NOISE =
  /\n +at .*(?:\/node_modules\/vitest\/|\bnode:internal\/|new Promise \(<anonymous>\)).*|\?vitest=\d+/g;

/** As Node prints an error that nobody has caught. */
function textOf(error: SerializedError): string {
  const { name = 'Error', message } = error;
  const stack = (error.stack ?? '').replace(NOISE, '');
  const text = stack.includes(message) ? stack : `${name}: ${message}\n${stack}`;
  const more = (error['errors'] as unknown[] | undefined)?.map((each) => inspect(each)) ?? [];
  const cause = error.cause === undefined ? [] : [`caused by ${textOf(error.cause)}`];
  return [text, ...more, ...cause].join('\n').replace(/^/gm, '    ');
}
