import { type Answer, problem } from '../admin/answer.ts';
import type { AdminRequest, AdminRoute } from '../admin/api.ts';
import { type AssetStore, type Assets, etagOf } from './assets.ts';
import { PAGE_POLICY, shellPage } from './shell.ts';

/** Screens, each with an address of its own that can be passed on. */
const SCREENS = ['/', '/routes', '/routes/{route}', '/explain', '/cutovers', '/cutovers/{route}'] as const;

/** The pages of the dashboard and what they load. They hold nothing secret, so everybody gets them. */
export function pageRoutes(store: AssetStore): AdminRoute[] {
  const screen = async (): Promise<Answer> => {
    const assets = await store.get();
    const bytes = Buffer.from(shellPage(assets));
    return {
      kind: 'entity',
      type: 'text/html; charset=utf-8',
      etag: etagOf(bytes),
      bytes,
      coded: new Map(),
      headers: { 'Content-Security-Policy': PAGE_POLICY, 'Cache-Control': 'no-cache' },
    };
  };

  const asset = async ({ parameters }: AdminRequest): Promise<Answer> => {
    const { version, name } = parameters as { version: string; name: string };
    return (await assetOf(store, version, name)) ?? noAsset();
  };

  return [
    ...SCREENS.map((path): AdminRoute => ({ method: 'GET', path, right: 'all', handler: screen })),
    { method: 'GET', path: '/assets/{version}/{name}', right: 'all', handler: asset },
  ];
}

async function assetOf(store: AssetStore, version: string, name: string): Promise<Answer | null> {
  const assets: Assets = await store.get();
  return assets.version === version ? (assets.byName.get(name) ?? null) : null;
}

function noAsset(): Answer {
  return problem(
    404,
    'no-asset',
    'the router serves another version of its pages by now',
    'load the page again',
  );
}
