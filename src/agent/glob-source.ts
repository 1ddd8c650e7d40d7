import { globSync, readFileSync, statSync } from 'node:fs';
import { ONE_ROUND } from '../boundary/owner.ts';
import { after, every } from '../boundary/timers.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { RouteDefaults } from './file/route-entry.ts';
import { readRoutesFile } from './file/routes-file.ts';
import type { AgentRoute } from './route/agent-route.ts';
import type { RouteSource, WantRoutes } from './route-source.ts';

export interface GlobSourceOptions {
  readonly globs: readonly string[];
  readonly defaults: RouteDefaults;
  /** Milliseconds between two looks; default: as route-registrar looks. */
  readonly interval?: number;
  /** Milliseconds for which a file that has just been written may be written still; default 1000. */
  readonly settle?: number;
  readonly log: ComponentLog;
}

const SETTLE_MS = 1_000;

/** What a file has been found to say. */
interface SeenFile {
  readonly text: string;
  readonly routes: readonly AgentRoute[];
}

const INTERVAL_MS = 10_000;
const LARGEST_FILE = 16 * 1024 * 1024;

/**
 * Routes of files in YAML that globs lead to, looked at again and again. A file that cannot be read or understood is told,
 * and what it said before holds; a route that is wrong is told and left out; what is gone is wanted no more.
 */
export class GlobSource implements RouteSource {
  readonly name = 'dynamic_config_globs';
  readonly #options: GlobSourceOptions;
  #seen: ReadonlyMap<string, SeenFile> = new Map();
  #want: WantRoutes = () => {};
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;

  constructor(options: GlobSourceOptions) {
    this.#options = options;
  }

  start(want: WantRoutes): void {
    this.#want = want;
    this.look();
    this.#timer = every(this.#options.interval ?? INTERVAL_MS, ONE_ROUND, () => this.#look('settled'));
  }

  /** At once: whoever asks for it has written what there is to be read. */
  look(): void {
    this.#look('all');
  }

  #look(which: 'settled' | 'all'): void {
    clearTimeout(this.#soon);
    const paths = this.#options.globs.flatMap((glob) => this.#matches(glob));
    const seen = new Map<string, SeenFile>();
    for (const path of paths) {
      const before = this.#seen.get(path);
      const file = seen.get(path) ?? this.#read(path, before, which);
      if (file !== undefined) seen.set(path, file);
    }
    for (const path of this.#seen.keys()) {
      if (!seen.has(path)) this.#options.log.info('removing-routes-from-config-file', { file: path });
    }
    this.#seen = seen;
    const routes = [...seen.values()].flatMap((file) => file.routes);
    this.#want(routes.map((route) => ({ route, standing: 'serving' })));
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#want = () => {};
  }

  #matches(glob: string): string[] {
    try {
      return globSync(glob).toSorted();
    } catch (error) {
      this.#options.log.error('failed-to-glob-config-files', { glob, error });
      return [];
    }
  }

  #read(path: string, before: SeenFile | undefined, which: 'settled' | 'all'): SeenFile | undefined {
    const { log, defaults } = this.#options;
    let text: string;
    try {
      const stats = statSync(path);
      // A pipe would be waited for.
      if (!stats.isFile()) throw new Error('no file');
      if (stats.size > LARGEST_FILE) throw new Error(`larger than ${LARGEST_FILE} bytes`);
      // Of half a file some routes would be taken back, and then announced again.
      if (which === 'settled' && before !== undefined && this.#isFresh(stats.mtimeMs)) {
        this.#lookSoon();
        return before;
      }
      text = readFileSync(path, 'utf8');
    } catch (error) {
      log.error('failed-to-read-matched-file', { file: path, error });
      return before;
    }
    if (text === before?.text) return before;
    const read = readRoutesFile(text, defaults);
    if (typeof read === 'string') {
      log.error('failed-to-parse-file', { file: path, error: read });
      return before === undefined ? undefined : { ...before, text };
    }
    for (const error of read.faults) log.error('failed-to-parse-route', { file: path, error });
    for (const warning of read.warnings) log.warn('configuration', { file: path, warning });
    return { text, routes: read.routes };
  }

  #lookSoon(): void {
    clearTimeout(this.#soon);
    this.#soon = after(this.#options.settle ?? SETTLE_MS, ONE_ROUND, () => this.#look('settled'));
  }

  /** One of the future has been written before the clock was set back. */
  #isFresh(writtenAt: number): boolean {
    const age = Date.now() - writtenAt;
    return age >= 0 && age < (this.#options.settle ?? SETTLE_MS);
  }
}
