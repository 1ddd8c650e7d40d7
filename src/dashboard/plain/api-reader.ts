import type { Answer, Problem } from '../../admin/answer.ts';
import type { AdminApi, AdminRequest } from '../../admin/api.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the address answers to a program, for a page: whoever looks on sees the same either way. */
export class ApiReader {
  readonly #api: AdminApi;

  constructor(api: AdminApi) {
    this.#api = api;
  }

  /** @param request whose: its caller has the right to it, which is not looked at again */
  async read(
    path: string,
    query: Readonly<Record<string, string>>,
    request: AdminRequest,
  ): Promise<Fields | Problem> {
    const answer = await this.ask('GET', path, { ...request, query: new URLSearchParams(query) });
    switch (answer.kind) {
      case 'json':
        return answer.value as Fields;
      case 'entity':
        return JSON.parse(new TextDecoder().decode(answer.bytes)) as Fields;
      case 'problem':
        return answer;
      default:
        throw new Error(`${path} is no JSON`);
    }
  }

  async ask(method: string, path: string, request: AdminRequest): Promise<Answer> {
    const found = this.#api.find(method, path);
    if ('kind' in found) return found;
    return found.route.handler({ ...request, parameters: found.parameters });
  }
}

export function isProblem(read: Fields | Problem): read is Problem {
  return (read as { readonly kind?: unknown }).kind === 'problem';
}
