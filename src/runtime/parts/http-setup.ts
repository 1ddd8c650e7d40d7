import { randomBytes } from 'node:crypto';
import type { GivenKeys } from '../../config/given-keys.ts';
import type { Config } from '../../config/schema.ts';
import type { Sampling } from '../../http/policy/sampling.ts';
import type { HttpSettings } from '../../http/settings.ts';
import type { Template } from '../../http/template/template.ts';
import type { TcpSettings } from '../../tcp/connection/settings.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { readErrorPage } from '../settings/error-page.ts';
import { httpSettings, TICKET_KEYS_BYTES } from '../settings/http-settings.ts';
import { checkTcpTls, tcpSettings } from '../settings/tcp-settings.ts';
import { checkTls } from '../settings/tls-settings.ts';
import { checkAccessLog } from './access-log-check.ts';

/** The configuration as it is at present, and the settings that follow from it. */
export class HttpSetup {
  config: Config;
  /** Keys that its file has. */
  given: GivenKeys;
  /** What became of the file when it was read last. Unix milliseconds. */
  lastReload = { succeeded: true, at: systemTime() };
  readonly #errorPage: Template | null;
  readonly #sampling: Sampling | null;
  #ticketKeys = randomBytes(TICKET_KEYS_BYTES);

  /** @param sampling which requests become spans; `null`: none @throws {StartError} */
  constructor(config: Config, given: GivenKeys, sampling: Sampling | null) {
    this.#sampling = sampling;
    checkAccessLog(config.access_log.file);
    this.#errorPage = readErrorPage(config.html_error_template_file);
    this.config = config;
    this.given = given;
  }

  /** What a configuration makes of the router. @throws {StartError} */
  settings(
    config = this.config,
    given = this.given,
  ): { readonly settings: HttpSettings; readonly tcp: TcpSettings | null } {
    const settings = httpSettings(config, this.#errorPage, this.#ticketKeys, given, this.#sampling);
    checkTls(settings);
    const tcp = tcpSettings(config);
    if (tcp !== null) checkTcpTls(tcp);
    return { settings, tcp };
  }

  noteReload(succeeded: boolean): void {
    this.lastReload = { succeeded, at: systemTime() };
  }

  /** A stolen key opens what was recorded while it was used: TLS sessions are resumed under a new one from now on. */
  renewTicketKeys(): void {
    this.#ticketKeys = randomBytes(TICKET_KEYS_BYTES);
  }
}
