import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { overlay } from '../../src/config/defaults.ts';
import { Backend, ok } from './backend.ts';
import { CellgateProcess, configFile } from './cellgate-process.ts';
import { operatorPage } from './operator-page.ts';
import type { OtelCollector } from './otel-collector.ts';
import { ask, get, statusOf } from './raw-http.ts';
import { RoutePublisher } from './route-publisher.ts';
import { LOCAL } from './router.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

export const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
/** Of a request that its caller has sampled. */
export const TRACED = [`traceparent: 00-${TRACE}-00f067aa0ba902b7-01`];
/** Requests become spans when their callers say so: those of the test's own making alone. */
const ASKED_FOR = { OTEL_TRACES_SAMPLER: 'parentbased_always_off', OTEL_BSP_SCHEDULE_DELAY: '20' };
/** Between two looks at /metrics, which tells nobody when it changes. */
const LOOK_MS = 50;

/** A router by these variables, with one application. */
export async function tracedRouter(t: Ending, environment: NodeJS.ProcessEnv, config: object = {}) {
  const text = JSON.stringify(
    overlay(overlay(LOCAL, { logging: { level: 'info' }, cellgate: { proxy_threads: 1 } }), config),
  );
  const file = configFile(t, text);
  const router = new CellgateProcess(t, ['-c', file], undefined, { ...ASKED_FOR, ...environment });
  const { http, bus, health } = await router.started();
  const app = await Backend.start(t, () => ok());
  await (await RoutePublisher.connect(t, bus!)).route('app.test', app.port, http);
  /** What /metrics says of spans. */
  const counted = async (): Promise<Record<string, number>> => {
    const page = await operatorPage(health!, '/metrics');
    const rows = page.matchAll(/^cellgate_otel_spans_total\{outcome="(\w+)"\} (\d+)$/gm);
    return Object.fromEntries([...rows].map(([, outcome, count]) => [outcome, Number(count)]));
  };
  return {
    router,
    app,
    file,
    text,
    counted,
    traced: async (path = '/') => {
      const answer = await ask(http, get('app.test', path, TRACED));
      assert.equal(statusOf(answer), 200);
    },
    /** Resolves once /metrics says at least so many of that outcome. */
    until: async (outcome: string, least: number): Promise<Record<string, number>> => {
      for (;;) {
        const counts = await counted();
        if (counts[outcome]! >= least) return counts;
        await delay(LOOK_MS);
      }
    },
  };
}

/** The variables that have all go to this collector. */
export function endpoint({ url }: OtelCollector): NodeJS.ProcessEnv {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: url };
}
