import { authorized, type Credentials } from './basic-auth.ts';
import type { Page } from './page.ts';

/** Shows a page only to who has the credentials. */
export function protectedPage(credentials: Credentials, page: Page): Page {
  return (request, response) => {
    if (authorized(request.headers.authorization, credentials)) return page(request, response);
    response.writeHead(401, { 'WWW-Authenticate': 'Basic', 'Content-Type': 'text/plain; charset=utf-8' });
    response.end('401 Unauthorized\n');
  };
}
