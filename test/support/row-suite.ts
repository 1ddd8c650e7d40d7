import { afterAll, beforeAll, test } from 'vitest';
import { PassRule } from './pass-rule.ts';
import { BAD_BODIES, BAD_HEADS } from './request-corpus.ts';
import { TestRouter } from './router.ts';

/** A router with one proxy thread, under the pass rule from the first test of a file to the last. */
export interface RowSuite {
  readonly router: TestRouter;
  readonly rule: PassRule;
}

/** `config` is laid over the usual one. `a.test` and `b.test`, the hosts of the corpora, lead to the rule's backend. */
export function rowSuite(config: object = {}): RowSuite {
  const endings: (() => unknown)[] = [];
  const ending = { onTestFinished: (done: () => unknown) => void endings.unshift(done) };
  let router: TestRouter;
  let rule: PassRule;

  beforeAll(async () => {
    router = await TestRouter.start(ending, { cellgate: { proxy_threads: 1 }, ...config });
    rule = await PassRule.start(ending, router);
    await router.route('a.test', rule.backend.port);
    await router.route('b.test', rule.backend.port);
  });

  afterAll(async () => {
    try {
      rule.stop();
    } finally {
      for (const done of endings) await done();
    }
  });

  return {
    get router() {
      return router;
    },
    get rule() {
      return rule;
    },
  };
}

/** The rows a case stands for, which its name begins with. */
function rowsOf(name: string): string {
  return /^(?:[A-Z]\d\d )*/.exec(name)![0];
}

/** One test for each bad head of the corpus that stands for a row of this table. */
export function refusesHeads(suite: RowSuite, table: string): void {
  for (const { name, raw, fault } of BAD_HEADS) {
    if (!rowsOf(name).includes(table)) continue;
    test(name, () => suite.rule.refuses({ input: raw, status: fault.status, code: fault.name }));
  }
}

/** Two for each bad body: at once with its head, and when that has reached the backend already. */
export function refusesBodies(suite: RowSuite, table: string): void {
  for (const { name, raw, fault } of BAD_BODIES) {
    if (!rowsOf(name).includes(table)) continue;
    const body = raw.indexOf('\r\n\r\n') + 4;
    const refusal = { status: fault.status, code: fault.name };
    test(`${name}, all at once`, () => suite.rule.refuses({ input: raw, ...refusal }));
    test(`${name}, behind its head`, () =>
      suite.rule.refusesBody({ head: raw.slice(0, body), input: raw.slice(body), ...refusal }));
  }
}
