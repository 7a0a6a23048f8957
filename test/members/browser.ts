/** A browser as far as sign-in knows one: it keeps cookies, and says which page a request comes from. */

export type Answer = { readonly status: number; readonly body: any; readonly headers: Headers };

export function browser(url: string, origin = 'http://plinth.test') {
  const cookies = new Map<string, string>();

  async function send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(method !== 'GET' && { Origin: origin }),
        ...(cookies.size > 0 && { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/max-age=0/i.test(cookie)) cookies.delete(name);
      else cookies.set(name, value);
    }
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text), headers: response.headers };
  }

  return {
    cookies,
    send,
    get: (path: string, headers?: Record<string, string>) => send('GET', path, undefined, headers),
    post: (path: string, body: unknown, headers?: Record<string, string>) => send('POST', path, body, headers),
    signIn: (email: string, password: string) => send('POST', '/auth/sign-in/email', { email, password }),
    /** As a page of a workspace. */
    in: (workspace: string) => ({
      rest: (method: string, path: string, body?: unknown) =>
        send(method, path, body, { 'X-Plinth-Workspace': workspace }),
      async graphql(path: '/graphql' | '/metadata', query: string, variables?: object) {
        return (await send('POST', path, { query, variables }, { 'X-Plinth-Workspace': workspace })).body;
      },
    }),
  };
}
