import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, type TestContext, test } from 'vitest';
import { parse } from 'yaml';
import { findProgram } from '../../bench/find-program.ts';
import { Backend, ok } from '../support/backend.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { operatorPage } from '../support/operator-page.ts';
import { runProgram, unlessInstalled } from '../support/peer-program.ts';
import { ask, get } from '../support/raw-http.ts';
import { LOCAL, TestRouter } from '../support/router.ts';
import { skipFor } from '../support/skip-for.ts';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const ALERTS = path('deploy/prometheus/alerts.yml');
const ALERT_TESTS = path('deploy/prometheus/alerts.test.yml');
const BOARD = path('deploy/grafana/cellgate.json');

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly annotations?: { readonly runbook_url: string };
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Board {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly query: unknown }[] };
}

const RULES = (parse(readFileSync(ALERTS, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);
const PANELS = JSON.parse(readFileSync(BOARD, 'utf8')) as Board;

/** Names of metrics in an expression of PromQL: words that are no function, keyword, label or text. */
function metricsIn(expression: string): string[] {
  const bare = expression
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(?:by|without)\s*\([^)]*\)/g, '')
    .replace(/\b(?:and|or|unless)\b/g, '');
  const words = bare.match(/[a-z_][\w:]*(?!\w|\s*\()/gi) ?? [];
  return words.filter((word) => !word.includes(':') && !/^(?:sum|count|min|max)$/.test(word));
}

function exposedBy(page: string): Set<string> {
  const names = new Set<string>();
  for (const [, name, type] of page.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    names.add(name!);
    if (type === 'histogram') for (const end of ['bucket', 'sum', 'count']) names.add(`${name}_${end}`);
  }
  return names;
}

async function scraped(t: TestContext): Promise<TestRouter> {
  const router = await TestRouter.start(t);
  const backend = await Backend.start(t, () => ok('hello'));
  await router.route('a.test', backend.port);
  await ask(router.port, get('a.test'));
  return router;
}

describe('alerts and the board', () => {
  test('name only metrics that a router has', async (t) => {
    const router = await scraped(t);
    const exposed = exposedBy(await operatorPage(router.router.addresses.health!, '/metrics'));
    const expressions = [
      ...RULES.map(({ expr }) => expr),
      ...PANELS.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
      ...PANELS.annotations.list.map(({ expr }) => expr),
    ];
    assert.ok(expressions.length > 50);
    for (const expression of expressions) {
      const names = metricsIn(expression).filter((name) => name !== 'up');
      assert.ok(names.length > 0 || /\bup\b|cellgate:/.test(expression), expression);
      for (const name of names) assert.ok(exposed.has(name), `${name} in ${expression}`);
    }
  });

  test('each alert leads to a paragraph that says what to do', () => {
    const page = readFileSync(path('docs/alerting.md'), 'utf8');
    const anchors = new Set(Array.from(page.matchAll(/^#+ (.+)$/gm), ([, title]) => title!.toLowerCase()));
    const alerts = RULES.filter(({ record }) => record === undefined);
    assert.ok(alerts.length > 10);
    for (const { alert = '', annotations } of alerts) {
      assert.equal(annotations!.runbook_url, `docs/alerting.md#${alert.toLowerCase()}`);
      assert.ok(anchors.has(alert.toLowerCase()), alert);
    }
  });

  test('the board has every panel in its place, and says what each shows', () => {
    assert.equal(PANELS.uid, 'cellgate');
    for (const panel of PANELS.panels) {
      const { x, w, y, h } = panel.gridPos;
      assert.ok(x >= 0 && x + w <= 24, panel.title);
      if (panel.type !== 'row') assert.ok((panel.description ?? '') !== '', panel.title);
      const over = PANELS.panels.filter(
        ({ gridPos }) =>
          gridPos.y < y + h && y < gridPos.y + gridPos.h && gridPos.x < x + w && x < gridPos.x + gridPos.w,
      );
      assert.deepEqual(over, [panel]);
    }
  });

  test('alerts come when they should, and not before', skipFor(unlessInstalled('promtool')), async (t) => {
    const checked = await runProgram(t, 'promtool', 'check', 'rules', ALERTS);
    assert.equal(checked.code, 0, checked.stdout + checked.stderr);
    const tested = await runProgram(t, 'promtool', 'test', 'rules', ALERT_TESTS);
    assert.equal(tested.code, 0, tested.stdout + tested.stderr);
    const asked = parse(readFileSync(ALERT_TESTS, 'utf8')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown }[] }[];
    };
    const seen = asked.tests.flatMap(({ alert_rule_test: tests }) =>
      tests.filter(({ exp_alerts: expected }) => expected !== undefined).map(({ alertname }) => alertname),
    );
    const names = RULES.flatMap(({ alert }) => alert ?? []);
    assert.deepEqual(
      names.filter((name) => !seen.includes(name)),
      [],
    );
  });

  test('a real Prometheus scrapes a router', skipFor(unlessInstalled('prometheus')), async (t) => {
    const router = await scraped(t);
    const folder = temporaryDirectory(t);
    const port = await freePort();
    writeFileSync(
      join(folder, 'prometheus.yml'),
      JSON.stringify({
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: [ALERTS],
        scrape_configs: [
          {
            job_name: 'cellgate',
            basic_auth: { username: LOCAL.status.user, password: LOCAL.status.pass },
            static_configs: [{ targets: [`127.0.0.1:${router.router.addresses.health}`] }],
          },
        ],
      }),
    );
    const prometheus = spawn(
      findProgram('prometheus')!,
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    t.onTestFinished(async () => {
      prometheus.kill('SIGKILL');
      if (prometheus.exitCode === null && prometheus.signalCode === null) await once(prometheus, 'exit');
    });
    const found = await answerOf(port, 'cellgate_http_requests_total{outcome="answered"} > 0');
    assert.equal(found.metric['job'], 'cellgate');
    assert.equal((await answerOf(port, 'up{job="cellgate"}')).value[1], '1');
    const rules = (await asked(port, 'rules')) as { groups: { rules: { health: string }[] }[] };
    const healths = rules.groups.flatMap(({ rules: all }) => all.map(({ health }) => health));
    assert.equal(healths.length, RULES.length);
    assert.ok(
      healths.every((health) => health !== 'err'),
      healths.join(),
    );
  });
});

interface Found {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, value: string];
}

/** What Prometheus says as soon as it says anything: it has its own clock. */
async function answerOf(port: number, query: string): Promise<Found> {
  for (;;) {
    const answer = (await asked(port, `query?query=${encodeURIComponent(query)}`).catch(() => null)) as {
      result: Found[];
    } | null;
    const [first] = answer?.result ?? [];
    if (first !== undefined) return first;
    await delay(100);
  }
}

async function asked(port: number, what: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/${what}`, {
    headers: { Connection: 'close' },
  });
  return ((await response.json()) as { data: unknown }).data;
}
