import assert from 'node:assert/strict';
import { LOCAL } from './router.ts';

const AUTHORIZATION = `Basic ${btoa(`${LOCAL.status.user}:${LOCAL.status.pass}`)}`;

/** A page that only operators may see. */
export async function operatorPage(port: number, path: string): Promise<string> {
  const headers = { Authorization: AUTHORIZATION, Connection: 'close' };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  assert.equal(response.status, 200, path);
  return response.text();
}

/** The samples of one metric at `/metrics`, in their order. */
export async function samplesOf(port: number, metric: string): Promise<number[]> {
  const lines = (await operatorPage(port, '/metrics')).split('\n');
  const samples = lines.filter((line) => line.startsWith(`${metric} `) || line.startsWith(`${metric}{`));
  return samples.map((line) => Number(line.slice(line.lastIndexOf(' '))));
}
