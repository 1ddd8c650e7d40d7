import { networkInterfaces } from 'node:os';
import { performance } from 'node:perf_hooks';
import { hostPort } from '../../address/host-port.ts';
import { isLoopback } from '../../address/loopback.ts';
import { removeAdminFile, writeAdminFile } from '../../admin/admin-file.ts';
import { createAdminServer } from '../../admin/admin-server.ts';
import { AdminApi } from '../../admin/api.ts';
import { RIGHTS } from '../../admin/caller.ts';
import { fileFault } from '../../admin/file-fault.ts';
import { Gate, type GateOptions } from '../../admin/gate.ts';
import { listenOnSocket } from '../../admin/listen-socket.ts';
import { OneTimeCodes } from '../../admin/one-time-codes.ts';
import { type Overview, overviewRoute } from '../../admin/overview-route.ts';
import { type RoutersSource, routersRoute } from '../../admin/routers-route.ts';
import { newSecret } from '../../admin/secret-digest.ts';
import { SessionCookie } from '../../admin/session-cookie.ts';
import { sessionRoutes } from '../../admin/session-routes.ts';
import { Sessions } from '../../admin/sessions.ts';
import { takeAwayAtExit } from '../../admin/take-away.ts';
import { type Token, Tokens } from '../../admin/tokens.ts';
import { localAddress } from '../../bus/start-message.ts';
import type { Config } from '../../config/schema.ts';
import { listen, type StatusListener } from '../../status/listen.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { adminHosts, adminTls, adminTokens } from '../settings/admin-settings.ts';
import { listenHost } from '../settings/listen-host.ts';
import type { Part } from './part.ts';
import { sayUnusable } from './state-folder.ts';

export interface AdminPartOptions {
  readonly config: Config;
  overview(): Overview;
  /** Where commands of this user find the address; null: nowhere. */
  folder(): string | null;
  readonly log: ComponentLog;
}

/** The admin address: a port, a socket, both or neither, as far as they are configured. */
export class AdminPart implements Part {
  readonly name = 'admin';
  /** What can be asked for; other parts put in what is theirs, before or after the start. */
  readonly api = new AdminApi();
  /** Who calls the roll of routers; null: nobody does. */
  routers: RoutersSource | null = null;
  readonly #options: AdminPartOptions;
  readonly #codes = new OneTimeCodes(() => performance.now());
  readonly #sessions = new Sessions(() => performance.now());
  /** For commands of this user and for the banner's link; it is another at each start. */
  readonly #local: Token = { name: 'local', secret: newSecret(), rights: RIGHTS };
  readonly #open: Pick<StatusListener, 'close'>[] = [];
  #port: number | null = null;
  /** Takes away what commands find the router by; null: there is nothing. */
  #takeAway: (() => void) | null = null;

  constructor(options: AdminPartOptions) {
    this.#options = options;
  }

  /** `null`: it is not open. */
  get port(): number | null {
    return this.#port;
  }

  /** Where other machines reach it, `host:port`; empty: nowhere. */
  get address(): string {
    const { host } = this.#options.config.cellgate.admin;
    if (this.#port === null || isLoopback(host)) return '';
    const isAny = ['', '::', '0.0.0.0'].includes(host);
    return hostPort(isAny ? localAddress(networkInterfaces()) : host, this.#port);
  }

  /** For a browser on this machine, for ten minutes, once; null without a port, or one that gives no sessions. */
  link(): string | null {
    if (this.#port === null || this.#cookie === null) return null;
    return `${this.#url}/#code=${this.#codes.mint(this.#local)}`;
  }

  /** @throws {ListenError} */
  async start(): Promise<void> {
    const { config, log, overview } = this.#options;
    const { port, socket } = config.cellgate.admin;
    if (port === 0 && socket === '') return;
    const folder = this.#options.folder();
    const configured = adminTokens(config.cellgate.admin);
    // Without a place for it, and a link that stands for it, nobody could know it.
    const tokens = new Tokens([...configured, this.#local]);
    const [sessions, cookie, codes] = [this.#sessions, this.#cookie, this.#codes];
    this.api.add(
      ...sessionRoutes({ codes, tokens, sessions, cookie }),
      overviewRoute(overview),
      routersRoute(() => this.routers),
    );
    const keys = { tokens, sessions, cookie };
    if (port !== 0) await this.#listen(keys);
    if (socket !== '') await this.#listenOnSocket(socket, keys);
    if (folder !== null && this.#port !== null) this.#leave(folder);
    log.info('admin-started', { address: this.#port === null ? '' : this.#url, socket });
  }

  async stop(): Promise<void> {
    this.#takeAway?.();
    this.#takeAway = null;
    this.#port = null;
    await Promise.all(this.#open.splice(0).map((listener) => listener.close()));
  }

  async #listen(keys: Pick<GateOptions, 'tokens' | 'sessions' | 'cookie'>): Promise<void> {
    const { admin } = this.#options.config.cellgate;
    const tls = adminTls(admin);
    const gate = new Gate({
      ...keys,
      door: tls === null ? 'http' : 'https',
      isOwnHost: adminHosts(admin),
    });
    const server = createAdminServer({ api: this.api, gate, log: this.#options.log, tls });
    const listener = await listen(server, {
      host: listenHost(admin.host),
      port: admin.port,
      purpose: 'admin',
      setting: 'cellgate.admin.port',
    });
    this.#open.push(listener);
    this.#port = listener.port;
  }

  async #listenOnSocket(
    path: string,
    keys: Pick<GateOptions, 'tokens' | 'sessions' | 'cookie'>,
  ): Promise<void> {
    const gate = new Gate({ ...keys, door: 'socket', isOwnHost: () => true });
    const server = createAdminServer({ api: this.api, gate, log: this.#options.log, tls: null });
    this.#open.push(await listenOnSocket(server, path, 'cellgate.admin.socket'));
  }

  #leave(folder: string): void {
    const file = { url: this.#url, token: this.#local.secret };
    const trying = (step: () => void): void => {
      try {
        step();
      } catch (error) {
        sayUnusable(folder, fileFault(error), this.#options.log);
      }
    };
    this.#takeAway = takeAwayAtExit(() => trying(() => removeAdminFile(folder, file)));
    trying(() => writeAdminFile(folder, file));
  }

  /** Null: browsers get no session, since others could read it on its way. */
  get #cookie(): SessionCookie | null {
    const { host, port, tls } = this.#options.config.cellgate.admin;
    const secure = tls.certificate !== '';
    return secure || isLoopback(host) ? new SessionCookie(port, secure) : null;
  }

  /** For somebody on this machine. */
  get #url(): string {
    const { host, tls } = this.#options.config.cellgate.admin;
    const reachable = ['', '::', '0.0.0.0'].includes(host) ? '127.0.0.1' : host;
    return `${tls.certificate === '' ? 'http' : 'https'}://${hostPort(reachable, this.#port ?? 0)}`;
  }
}
