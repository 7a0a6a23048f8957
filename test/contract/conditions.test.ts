/**
 * Conditional requests on one record: its ETag is another after every change, and of writers with the same ETag one
 * wins.
 */

import { describe, expect, test } from 'vitest';
import { type Answer, workspace } from '../fixture.ts';

type Workspace = Awaited<ReturnType<typeof workspace>>;

const tagOf = ({ headers }: Answer) => headers.get('etag') as string;

async function record() {
  const space = await workspace();
  const created = await space.rest('POST', '/rest/companies', { name: 'ESA', employees: 1 });
  const { id } = created.body.data.createCompany;
  const path = `/rest/companies/${id}`;
  const read = (headers?: Record<string, string>, query = '') => space.rest('GET', path + query, undefined, headers);
  return { ...space, id, path, read, created, tag: tagOf(await read()) };
}

const stored = ({ sql }: Workspace) => sql('select name, employees, deleted_at is not null as gone from companies');

describe('the ETag of a record', () => {
  test('is on what shows one record, and the same however it was come by', async () => {
    const { rest, read, path, created, tag } = await record();
    expect(tag).toMatch(/^"[0-9a-f]{12}-[0-9]+-[0-9.-]+"$/);
    expect(tagOf(created)).toBe(tag);
    expect(tagOf(await read({}, '?fields=name'))).toBe(tag);
    const updated = await rest('PATCH', path, { employees: 2 });
    expect(tagOf(updated)).not.toBe(tag);
    expect(tagOf(await read())).toBe(tagOf(updated));
    await rest('DELETE', `${path}?soft_delete=true`);
    const restored = await rest('PATCH', `${path}/restore`);
    expect(tagOf(restored)).toBe(tagOf(await read()));
    for (const [method, where] of [
      ['GET', '/rest/companies'],
      ['DELETE', path],
    ] as const)
      expect((await rest(method, where)).headers.get('etag')).toBeNull();
  });

  test('with related records in the answer is weak', async () => {
    const { read, tag } = await record();
    expect(tagOf(await read({}, '?depth=1'))).toBe(`W/${tag}`);
  });

  const set = 'update companies set employees = 2';
  test.each<[string, (space: Workspace, path: string) => Promise<unknown>]>([
    ['REST', ({ rest }, path) => rest('PUT', path, { employees: 2 })],
    [
      'an upsert',
      ({ rest, sql }) =>
        sql(`select id from companies`).then(([{ id }]) =>
          rest('POST', '/rest/companies?upsert=true', { id, employees: 2 }),
        ),
    ],
    [
      'GraphQL',
      ({ gql }) => gql('mutation { updateCompanies(filter: { name: { eq: "ESA" } }, data: { employees: 2 }) { id } }'),
    ],
    ['SQL', ({ sql }) => sql(set)],
    ['SQL that says the same', ({ sql }) => sql('update companies set employees = employees')],
    ['SQL, twice in one transaction', ({ sql }) => sql(`do $$ begin ${set}; ${set}; end $$`)],
    [
      'a trigger at the commit',
      async ({ sql, rest }, path) => {
        await sql(`
          create function late() returns trigger language plpgsql as $$
            begin update companies set employees = 3 where id = new.id and employees = 2; return null; end $$;
          create constraint trigger late after update on companies deferrable initially deferred
            for each row execute function late()`);
        return rest('PATCH', path, { employees: 2 });
      },
    ],
    ['a field more', ({ sql }) => sql('alter table companies add column motto text default $$x$$')],
  ])('changes with the record: %s', async (_name, change) => {
    const { read, path, tag, ...space } = await record();
    const answer = (await change(space, path)) as Answer | unknown[];
    // Word of a change by hand arrives within milliseconds, and may come behind the next request.
    await expect.poll(async () => tagOf(await read())).not.toBe(tag);
    const now = await read();
    // What was answered before the commit is not what there is after it.
    if (!Array.isArray(answer) && answer && 'headers' in answer && now.body.data.company.employees === 3)
      expect(tagOf(now)).not.toBe(tagOf(answer));
  });

  test('stays where others change, and where its table is only tidied up', async () => {
    const { rest, read, sql, tag, id } = await record();
    await rest('POST', '/rest/companies', { name: 'NASA' });
    await rest('POST', '/rest/people', { companyId: id });
    await sql('begin; select from companies for update; select from companies for key share; commit');
    await sql('vacuum (freeze, analyze) companies');
    expect(tagOf(await read())).toBe(tag);
  });
});

describe('If-None-Match', () => {
  test('answers 304 and no body while nothing has changed', async () => {
    const { rest, read, path, tag } = await record();
    for (const given of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const { status, body, headers } = await read({ 'If-None-Match': given });
      expect([given, status, body, headers.get('etag')]).toEqual([given, 304, null, tag]);
    }
    for (const given of ['"other"', '""', 'W/"a,b"']) expect((await read({ 'If-None-Match': given })).status).toBe(200);
    await rest('PATCH', path, { employees: 2 });
    const { status, body } = await read({ 'If-None-Match': tag });
    expect([status, body.data.company.employees]).toEqual([200, 2]);
  });

  test('answers related records, of which an ETag knows nothing', async () => {
    const { read, tag } = await record();
    expect((await read({ 'If-None-Match': tag }, '?depth=1')).status).toBe(200);
  });
});

describe('If-Match', () => {
  const writes = [
    ['PATCH', '', { employees: 2 }],
    ['PUT', '', { employees: 2 }],
    ['PATCH', '/restore', undefined],
    ['DELETE', '', undefined],
    ['DELETE', '?soft_delete=true', undefined],
  ] as const;
  describe.each(writes)('%s …%s', (method, suffix, body) => {
    test('writes while the record is as it was', async () => {
      const { rest, path, tag } = await record();
      const { status } = await rest(method, path + suffix, body, { 'If-Match': tag });
      expect(status).toBe(200);
    });

    test('is refused with 412 when it has changed, and changes nothing', async () => {
      const { path, tag, ...space } = await record();
      await space.sql('update companies set employees = 5');
      const before = await space.sql('select xmin, * from companies');
      const answer = await space.rest(method, path + suffix, body, { 'If-Match': tag });
      expect([answer.status, answer.body.error]).toEqual([412, 'PreconditionFailedException']);
      expect(await space.sql('select xmin, * from companies')).toEqual(before);
    });
  });

  test.each([
    ['*', 200],
    ['W/TAG', 200],
    ['"other", TAG', 200],
    ['TAG , "other"', 200],
    ['"other"', 412],
    ['""', 412],
    ['"a,b", W/"c"', 412],
    ['TAG-without-quotes', 400],
    ['"open', 400],
    ['*, "other"', 400],
  ])('%s → %i', async (given, expected) => {
    const { rest, path, tag } = await record();
    const header = given === 'TAG-without-quotes' ? tag.slice(1, -1) : given.replace('TAG', tag);
    expect((await rest('PATCH', path, { employees: 2 }, { 'If-Match': header })).status).toBe(expected);
  });

  test('is 404 where there is no such record', async () => {
    const { rest, path, tag } = await record();
    await rest('DELETE', path);
    for (const given of ['*', tag])
      expect((await rest('PATCH', path, { employees: 2 }, { 'If-Match': given })).status).toBe(404);
  });

  test('is refused where it would not be kept, rather than overlooked', async () => {
    const { rest, path, tag, ...space } = await record();
    const before = await stored({ rest, ...space } as Workspace);
    for (const [method, where, body] of [
      ['POST', '/rest/companies', { name: 'x' }],
      ['POST', '/rest/batch/companies', [{ name: 'x' }]],
      ['PATCH', '/rest/companies?filter=name[eq]:"ESA"', { employees: 2 }],
      ['DELETE', '/rest/companies?filter=name[eq]:"ESA"', undefined],
    ] as const)
      expect((await rest(method, where, body, { 'If-Match': tag })).status).toBe(400);
    expect((await rest('PATCH', path, { employees: 2 }, { 'If-None-Match': '*' })).status).toBe(400);
    expect(await stored({ rest, ...space } as Workspace)).toEqual(before);
  });

  test('lets one of twenty win who write at the same moment', async () => {
    const { rest, path, tag, read } = await record();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => rest('PATCH', path, { employees: 100 + i }, { 'If-Match': tag })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(19);
    const winner = answers[statuses.indexOf(200)] as Answer;
    const now = await read();
    expect(now.body.data.company.employees).toBe(100 + statuses.indexOf(200));
    expect(tagOf(now)).toBe(tagOf(winner));
  });

  test('counts each step of twenty writers who try again until they win', async () => {
    const { rest, path, read } = await record();
    const increment = async () => {
      for (;;) {
        const { body, ...answer } = await read();
        const employees = body.data.company.employees + 1;
        const { status } = await rest('PATCH', path, { employees }, { 'If-Match': tagOf({ body, ...answer }) });
        if (status === 200) return;
        expect(status).toBe(412);
      }
    };
    await Promise.all(Array.from({ length: 8 }, increment));
    expect((await read()).body.data.company.employees).toBe(9);
  });

  test('that was kept is answered again under its Idempotency-Key, though the record has changed by it', async () => {
    const { rest, path, tag } = await record();
    const headers = { 'If-Match': tag, 'Idempotency-Key': 'k' };
    const first = await rest('PATCH', path, { employees: 2 }, headers);
    const again = await rest('PATCH', path, { employees: 2 }, headers);
    expect([again.status, again.body]).toEqual([200, first.body]);
  });
});
