import type { RequestListener } from 'node:http';
import { authorized, type Credentials } from './basic-auth.ts';

/** Shows a page only to who has the credentials. */
export function protectedPage(credentials: Credentials, page: RequestListener): RequestListener {
  return (request, response) => {
    if (authorized(request.headers.authorization, credentials)) return page(request, response);
    response.writeHead(401, { 'WWW-Authenticate': 'Basic', 'Content-Type': 'text/plain; charset=utf-8' });
    response.end('401 Unauthorized\n');
  };
}
