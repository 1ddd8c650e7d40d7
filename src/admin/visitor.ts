import type { IncomingMessage, ServerResponse } from 'node:http';
import { contain, inBackground } from '../boundary/boundary.ts';
import { on, once } from '../boundary/events.ts';
import type { Owner } from '../boundary/owner.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { type Answer, type Problem, problem } from './answer.ts';
import type { AdminApi, AdminRoute, FoundRoute } from './api.ts';
import { type Caller, NOBODY } from './caller.ts';
import type { Connections } from './connections.ts';
import { CHANGING, type Gate, type Visit, whoAreYou } from './gate.ts';
import { readIfMatch } from './if-match.ts';
import { MOST_BODY, MOST_BODY_OF_STRANGERS, readBody } from './json-body.ts';
import { writeAnswer } from './write-answer.ts';

export interface VisitorOptions {
  readonly api: AdminApi;
  readonly gate: Gate;
  readonly connections: Connections;
  readonly log: ComponentLog;
}

const LONGEST_LOGGED = 200;

/** One request and its answer; what goes wrong with it costs nothing else. */
export class Visitor implements Owner {
  readonly kind = 'message';
  readonly #options: VisitorOptions;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #path: string;
  readonly #query: string;
  /** `judged`: the audit log has what came of it. `failed`: what is being written is the fault. */
  #state: 'asking' | 'judged' | 'failed' = 'asking';
  #caller: Caller = NOBODY;

  constructor(options: VisitorOptions, request: IncomingMessage, response: ServerResponse) {
    this.#options = options;
    this.#request = request;
    this.#response = response;
    const { url = '' } = request;
    const question = url.indexOf('?');
    this.#path = question < 0 ? url : url.slice(0, question);
    this.#query = question < 0 ? '' : url.slice(question + 1);
  }

  /** Never throws. */
  serve(): void {
    const { connections } = this.#options;
    const { socket } = this.#request;
    // Answers that nobody reads would wait here, as many as were asked for.
    if (!connections.begin(socket)) {
      socket.destroy();
      return;
    }
    // Of a client that has left nothing is to be done.
    on(this.#response, 'error', this, () => {});
    once(this.#response, 'close', this, () => connections.end(socket));
    contain(this, () => inBackground(this, this.#serve()));
  }

  panic(): void {
    if (this.#state === 'failed' || this.#response.headersSent) {
      this.#response.destroy();
      return;
    }
    const fault = problem(
      500,
      'own-fault',
      'the router has made a mistake over this request, and goes on without it',
      'its log has the cause under panic-check',
    );
    // A change that was made is one, also where its answer cannot be written.
    if (this.#state === 'asking') this.#audit(fault);
    this.#state = 'failed';
    inBackground(this, this.#write(fault));
  }

  async #serve(): Promise<void> {
    const answer = await this.#answer();
    if (answer === 'gone') return;
    this.#audit(answer);
    this.#state = 'judged';
    await this.#write(answer);
  }

  async #answer(): Promise<Answer | 'gone'> {
    const { method = '' } = this.#request;
    const { gate, api, connections } = this.#options;
    const caller = gate.admit(this.#visit());
    if (caller.kind === 'problem') return caller;
    this.#caller = caller;
    if (caller.kind !== 'nobody') connections.recognise(this.#request.socket);
    const found = api.find(method, this.#path);
    // Strangers do not even learn what there is.
    if ('kind' in found) return caller.kind === 'nobody' ? whoAreYou() : found;
    return rightFault(found.route.right, caller) ?? this.#handle(found);
  }

  #visit(): Visit {
    const { method = '', headers, headersDistinct } = this.#request;
    return {
      method,
      hosts: headersDistinct['host'] ?? [],
      origin: headers.origin,
      site: headersDistinct['sec-fetch-site']?.[0],
      authorization: headers.authorization,
      cookie: headers.cookie,
    };
  }

  async #handle({ route, parameters }: FoundRoute): Promise<Answer | 'gone'> {
    const most = this.#caller.kind === 'nobody' ? MOST_BODY_OF_STRANGERS : (route.mostBody ?? MOST_BODY);
    const body = await readBody(this.#request, { most, form: route.form ?? false }, this);
    if (body.kind !== 'json') return body.kind === 'gone' ? 'gone' : body;
    const ifMatch = readIfMatch(this.#request.headersDistinct['if-match']);
    if (ifMatch?.kind === 'problem') return ifMatch;
    const query = new URLSearchParams(this.#query);
    return route.handler({ parameters, query, body: body.value, caller: this.#caller, ifMatch });
  }

  /** Of every change, and of what was kept from being one; never a body. */
  #audit(answer: Answer): void {
    const { method = '' } = this.#request;
    const who = ('who' in answer && answer.who) || nameOf(this.#caller);
    if (!CHANGING.includes(method) || who === null) return;
    const { status = 200 } = answer as { readonly status?: number };
    this.#options.log.info('admin-audit', {
      who,
      by: this.#caller.kind,
      what: `${method} ${this.#path.slice(0, LONGEST_LOGGED)}`,
      outcome: answer.kind === 'problem' ? answer.error : 'done',
      status,
      ...(answer.kind === 'json' && answer.told),
    });
  }

  #write(answer: Answer): Promise<void> {
    // What is left of a body that nobody wants is not waited for.
    return writeAnswer(this.#response, answer, !this.#request.complete);
  }
}

function rightFault(right: AdminRoute['right'], caller: Caller): Problem | null {
  if (right === 'all') return null;
  if (caller.kind === 'nobody') return whoAreYou();
  if (right === 'known' || caller.principal.rights.includes(right)) return null;
  return problem(
    403,
    'no-right',
    `this needs the right ${right}, which ${caller.principal.name} has not`,
    'rights stand with the tokens, in cellgate.admin.tokens',
  );
}

function nameOf(caller: Caller): string | null {
  return caller.kind === 'nobody' ? null : caller.principal.name;
}
