/** Filters, row by row of core.md 2.8, 2.9, 2.17 and 3.3; `properties/filters.test.ts` tries what no table holds. */

import { beforeAll, describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';

let space: Awaited<ReturnType<typeof workspace>>;

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Three crafts of every kind of field, 1 full, 2 with empty values, 3 of nulls; they belong to one another. */
beforeAll(async () => {
  space = await workspace();
  await space.sql(`
    create type crafts_hue as enum ('RED', 'BLUE');
    create table crafts (
      id uuid primary key, title text, weight double precision, seats integer, mass bigint, size numeric,
      is_ready boolean,
      day date, moment timestamptz, code uuid, hue crafts_hue, hues crafts_hue[], words text[], extra jsonb, raw json,
      pilot_first_name text, deleted_at timestamptz, mother_id uuid,
      mails_primary_email text, mails_additional_emails jsonb,
      story_markdown text, made_by_source actor_source, made_by_workspace_member_id uuid,
      pilot_last_name text, story_blocknote text, made_by_name text, made_by_context jsonb,
      search_vector tsvector generated always as (to_tsvector('simple'::regconfig, coalesce(title, ''))) stored,
      constraint crafts_mother_id_fkey foreign key (mother_id) references crafts);
    comment on constraint crafts_mother_id_fkey on crafts is E'@fieldName mother\\n@foreignFieldName children';
    comment on column crafts.pilot_first_name is E'@part pilot.firstName\\n@type FULL_NAME';
    comment on column crafts.mails_primary_email is E'@part mails.primaryEmail\\n@type EMAILS';
    comment on column crafts.mails_additional_emails is E'@part mails.additionalEmails\\n@type EMAILS';
    comment on column crafts.story_markdown is E'@part story.markdown\\n@type RICH_TEXT_V2';
    comment on column crafts.made_by_source is E'@part madeBy.source\\n@type ACTOR';
    comment on column crafts.pilot_last_name is E'@part pilot.lastName\\n@type FULL_NAME';
    comment on column crafts.story_blocknote is E'@part story.blocknote\\n@type RICH_TEXT_V2';
    comment on column crafts.made_by_name is E'@part madeBy.name\\n@type ACTOR';
    comment on column crafts.made_by_context is E'@part madeBy.context\\n@type ACTOR';
    comment on column crafts.made_by_workspace_member_id is E'@part madeBy.workspaceMemberId\\n@type ACTOR';
    insert into crafts values
      ('${uuid(1)}', 'Jane@acme.com 100%', 1.5, 7, 9007199254740993, 0.10, true, '2026-01-02',
        '2026-01-02 10:00:00.000500Z',
       '${uuid(9)}', 'RED', '{RED,BLUE}', '{Ada,b_c}', '{"a": 1}', '{"a": 1}', 'Jo', null, null, 'a@b.c', '["x@y.z"]',
       'Once', 'API', '${uuid(8)}'),
      ('${uuid(2)}', '', 0, 0, 0, 0, false, '2026-01-01', '2026-01-02 10:00:00Z', null, 'BLUE', '{}', '{}', '[]', '[]',
        '', null, '${uuid(1)}', '', '[]', '', 'MANUAL', null),
      ('${uuid(3)}', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        '${uuid(2)}', null, null, null, null, null),
      ('${uuid(4)}', 'gone', null, null, null, null, null, null, null, null, null, null, null, null, null, null, now(),
        '${uuid(1)}', null, null, null, null, null);`);
  await space.untilServed('crafts');
});

const QUERY = 'query ($filter: CraftFilterInput) { crafts(filter: $filter) { edges { node { id } } } }';
const found = async (filter: unknown) =>
  (await space.gql(QUERY, { filter })).crafts.edges.map(({ node }: any) => Number(node.id.slice(-2)));

describe('finds', () => {
  test.each<[object, number[]]>([
    // TEXT
    [{ title: { eq: 'Jane@acme.com 100%' } }, [1]],
    [{ title: { eq: '' } }, [2, 3]],
    [{ title: { neq: '' } }, [1]],
    [{ title: { neq: 'x' } }, [1, 2]],
    [{ title: { in: ['', 'x'] } }, [2, 3]],
    [{ title: { in: ['x'] } }, []],
    [{ title: { gt: 'A' } }, [1]],
    [{ title: { gte: '' } }, [1, 2]],
    [{ title: { lt: 'A' } }, [2]],
    [{ title: { lte: 'Z' } }, [1, 2]],
    [{ title: { is: 'NULL' } }, [2, 3]],
    [{ title: { is: 'NOT_NULL' } }, [1]],
    [{ title: { like: '%acme%' } }, [1]],
    [{ title: { like: '%ACME%' } }, []],
    [{ title: { ilike: '%ACME%' } }, [1]],
    [{ title: { startsWith: 'Jane' } }, [1]],
    [{ title: { startsWith: 'jane' } }, []],
    [{ title: { startsWith: 'J%' } }, []],
    [{ title: { endsWith: '100%' } }, [1]],
    [{ title: { endsWith: '_' } }, []],
    // numbers
    [{ weight: { eq: 1.5 } }, [1]],
    [{ weight: { in: [0, 2] } }, [2]],
    [{ weight: { gt: 0, lt: 2 } }, [1]],
    [{ seats: { neq: 7 } }, [2]],
    [{ seats: { is: 'NULL' } }, [3]],
    [{ seats: { lte: 7 } }, [1, 2]],
    [{ mass: { eq: '9007199254740993' } }, [1]],
    [{ mass: { gte: '9007199254740993' } }, [1]],
    [{ mass: { lt: 1 } }, [2]],
    [{ size: { eq: 0.1 } }, [1]],
    [{ size: { in: ['0.10', 0] } }, [1, 2]],
    [{ size: { gt: '-1e3' } }, [1, 2]],
    // BOOLEAN, UUID
    [{ isReady: { eq: false } }, [2]],
    [{ isReady: { is: 'NULL' } }, [3]],
    [{ code: { eq: uuid(9) } }, [1]],
    [{ code: { is: 'NOT_NULL' } }, [1]],
    [{ id: { gt: uuid(1), lte: uuid(3) } }, [2, 3]],
    [{ id: { in: [uuid(1).toUpperCase(), uuid(7)] } }, [1]],
    // DATE, DATE_TIME: a moment is a millisecond wide
    [{ day: { eq: '2026-01-02' } }, [1]],
    [{ day: { lt: '2026-01-02T05:00:00Z' } }, [2]],
    [{ day: { in: ['2026-01-01', '2026-01-02'] } }, [1, 2]],
    [{ moment: { eq: '2026-01-02T10:00:00.000Z' } }, [1, 2]],
    [{ moment: { eq: '2026-01-02T12:00:00+02:00' } }, [1, 2]],
    [{ moment: { eq: '2026-01-02 10:00' } }, [1, 2]],
    [{ moment: { neq: '2026-01-02T10:00:00.000Z' } }, []],
    [{ moment: { gt: '2026-01-02T10:00:00.000Z' } }, []],
    [{ moment: { gte: '2026-01-02T10:00:00.000Z' } }, [1, 2]],
    [{ moment: { lt: '2026-01-02T10:00:00.000Z' } }, []],
    [{ moment: { lte: '2026-01-02T10:00:00.000Z' } }, [1, 2]],
    [{ moment: { in: ['2026-01-02T10:00:00Z', '2020-01-01'] } }, [1, 2]],
    [{ moment: { lte: '9999-12-31T23:59:59.999Z' } }, [1, 2]],
    // SELECT, MULTI_SELECT, ARRAY
    [{ hue: { eq: 'RED' } }, [1]],
    [{ hue: { neq: 'RED' } }, [2]],
    [{ hue: { in: ['RED', 'BLUE'] } }, [1, 2]],
    [{ hue: { containsAny: ['BLUE'] } }, [2]],
    [{ hue: { is: 'NULL' } }, [3]],
    [{ hue: { isEmptyArray: true } }, [3]],
    [{ hue: { isEmptyArray: false } }, [1, 2]],
    [{ hues: { containsAny: ['BLUE'] } }, [1]],
    [{ not: { hues: { containsAny: ['BLUE'] } } }, [2, 3]],
    [{ hues: { is: 'NULL' } }, [2, 3]],
    [{ hues: { isEmptyArray: true } }, [2, 3]],
    [{ hues: { isEmptyArray: false } }, [1]],
    [{ words: { containsIlike: 'ada' } }, [1]],
    [{ words: { containsIlike: 'b\\_%' } }, [1]],
    [{ words: { is: 'NOT_NULL' } }, [1]],
    [{ words: { isEmptyArray: true } }, [2, 3]],
    // RAW_JSON, json of a hand-made table
    [{ extra: { like: '%"a"%' } }, [1]],
    [{ extra: { is: 'NULL' } }, [3]],
    [{ raw: { like: '%1%' } }, [1]],
    [{ raw: { is: 'NOT_NULL' } }, [1, 2]],
    // composites
    [{ pilot: { firstName: { startsWith: 'J' } } }, [1]],
    [{ pilot: { firstName: { is: 'NULL' } } }, [2, 3]],
    [{ mails: { primaryEmail: { eq: 'a@b.c' }, additionalEmails: { like: '%x@y%' } } }, [1]],
    [{ mails: { additionalEmails: { is: 'NULL' } } }, [2, 3]],
    [{ story: { markdown: { ilike: 'once' } } }, [1]],
    [{ madeBy: { source: { in: ['API', 'MANUAL'] } } }, [1, 2]],
    [{ madeBy: { workspaceMemberId: { eq: uuid(8) } } }, [1]],
    // search: words, their beginnings, addresses; nothing in nothing
    [{ searchVector: { search: 'JANE' } }, [1]],
    [{ searchVector: { search: '100 jane' } }, [1]],
    [{ searchVector: { search: 'jane@ac' } }, [1]],
    [{ searchVector: { search: 'jane@acme.com' } }, [1]],
    [{ searchVector: { search: 'acme2' } }, []],
    [{ searchVector: { search: '' } }, []],
    [{ searchVector: { search: `& | ! :* ( ' \\` } }, []],
    // groups
    [{}, [1, 2, 3]],
    [{ and: [] }, [1, 2, 3]],
    [{ or: [] }, [1, 2, 3]],
    [{ title: { is: 'NULL' }, weight: { is: 'NOT_NULL' } }, [2]],
    [{ and: [{ title: { is: 'NULL' } }, { weight: { is: 'NULL' } }] }, [3]],
    [{ or: [{ weight: { eq: 0 } }, { weight: { eq: 1.5 } }] }, [1, 2]],
    // not: of a comparison with null neither it nor its not holds, as neither eq nor neq does
    [{ not: { weight: { eq: 0 } } }, [1]],
    [{ not: { title: { is: 'NOT_NULL' } } }, [2, 3]],
    [{ not: { title: { eq: '' } } }, [1]],
    [{ not: { title: { neq: '' } } }, [2, 3]],
    [{ not: { or: [{ seats: { eq: 7 } }, { hue: { eq: 'BLUE' } }] } }, []],
    // relations
    [{ motherId: { eq: uuid(1) } }, [2]],
    [{ mother: { title: { startsWith: 'Jane' } } }, [2]],
    [{ mother: { mother: { seats: { eq: 7 } } } }, [3]],
    [{ not: { mother: { title: { startsWith: 'Jane' } } } }, [1, 3]],
    [{ mother: { mother: { children: { some: { weight: { eq: 0 } } } } } }, [3]],
    [{ children: { some: { hue: { eq: 'BLUE' } } } }, [1]],
    [{ children: { none: {} } }, [3]],
    [{ children: { every: { hue: { eq: 'BLUE' } } } }, [1, 3]],
    [{ children: { some: { deletedAt: { is: 'NOT_NULL' } } } }, [1]],
    // deletedAt
    [{ deletedAt: { is: 'NOT_NULL' } }, [4]],
    [{ or: [{ deletedAt: { is: 'NOT_NULL' } }, { seats: { eq: 7 } }] }, [1, 4]],
  ])('%j', async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });
});

describe('refuses, naming the path', () => {
  const nested = (depth: number): object => (depth === 0 ? { seats: { eq: 1 } } : { not: nested(depth - 1) });
  test.each<[string, unknown, RegExp]>([
    ['a leaf that is null', { title: null }, /^Filter on "title" must name an operator/],
    ['a leaf of nothing', { title: {} }, /^Filter on "title" must name an operator/],
    ['a composite of nothing', { pilot: {} }, /^Filter on "pilot" must name a sub-field/],
    ['a sub-field of nothing', { pilot: { firstName: null } }, /^Filter on "pilot.firstName" must name an operator/],
    ['a relation that is null', { mother: null }, /^Filter on "mother" must not be null/],
    ['a many side of nothing', { children: {} }, /^Filter on "children" needs some, every or none/],
    ['null', { title: { eq: null } }, /^Filter on "title": "eq" needs a value; for null say is: NULL/],
    ['an empty list', { seats: { in: [] } }, /^Filter on "seats": "in" needs a list/],
    ['null in a list', { seats: { in: [null] } }, /^Invalid value 'null' for field "seats": expected a whole number/],
    [
      'the path through a relation',
      { mother: { pilot: { firstName: { eq: 'a\0' } } } },
      /^Invalid value '.*' for field "mother.pilot.firstName": expected text/s,
    ],
    ['the character of code 0', { title: { startsWith: 'a\0' } }, /^Filter on "title": a text is expected/],
    ['half a character', { title: { in: ['\ud800'] } }, /^Invalid value '.*' for field "title": expected text/],
    ['the same in a pattern', { words: { containsIlike: '\ud800' } }, /^Filter on "words": a text/],
    ['the same in a search', { searchVector: { search: '\0' } }, /^Filter on "searchVector": a text/],
    ['the same in JSON', { extra: { like: '\0' } }, /^Filter on "extra": a text/],
    ['half an escape', { title: { like: 'a\\' } }, /^Filter on "title": the pattern ends with a single/],
    ['an integer out of range', { seats: { eq: 2147483648 } }, /Int cannot represent/],
    ['a fraction of an integer', { seats: { eq: 1.5 } }, /Int cannot represent/],
    [
      '64 bits and more',
      { mass: { gt: '9223372036854775808' } },
      /^Invalid value '9223372036854775808' for field "mass": expected a whole number of 64 bits/,
    ],
    ['a fraction of 64 bits', { mass: { eq: 0.5 } }, /^Invalid value '0.5' for field "mass": expected a whole number/],
    ['a number that is none', { size: { eq: 'one' } }, /Invalid number "one"/],
    ['a number without end', { size: { eq: '1e999' } }, /Invalid number "1e999"/],
    ['a number of the 16', { mass: { eq: '0x10' } }, /^Invalid value '0x10' for field "mass": expected a whole number/],
    ['the same with a fraction', { size: { eq: '0x10' } }, /^Invalid value '0x10' for field "size": expected a number/],
    ['a day that is none', { day: { eq: 'tomorrow' } }, /^Invalid value 'tomorrow' for field "day": expected a date/],
    [
      'a day that never was',
      { day: { in: ['2026-02-30'] } },
      /^Invalid value '2026-02-30' for field "day": expected a date/,
    ],
    ['a moment that is none', { moment: { gt: 'now' } }, /^Invalid value 'now' for field "moment": expected a date/],
    ['a moment that is a number', { moment: { eq: 7 } }, /DateTime must be a string/],
    ['the year 0', { moment: { eq: '0000-01-01' } }, /^Invalid value '0000-01-01' for field "moment"/],
    ['a UUID that is none', { code: { eq: 'x' } }, /Invalid UUID "x"/],
    ['a UUID that is no text', { code: { eq: 7 } }, /UUID must be a string/],
    ['an unknown option', { hue: { eq: 'GREEN' } }, /"GREEN" does not exist/],
    ['an unknown source', { madeBy: { source: { eq: 'OLD' } } }, /"OLD" does not exist/],
    [
      'eq of a list of options',
      { hues: { eq: 'RED' } },
      /^Filter on "hues": operator "eq" cannot be used here; it takes containsAny, is, isEmptyArray/,
    ],
    ['in of a list of options', { hues: { in: ['RED'] } }, /^Filter on "hues": operator "in" cannot be used here/],
    ['eq of a list', { words: { eq: 'a' } }, /"eq" is not defined by type "ArrayFilter"/],
    ['gt of true and false', { isReady: { gt: true } }, /"gt" is not defined by type "BooleanFilter"/],
    ['eq of JSON', { extra: { eq: '1' } }, /"eq" is not defined by type "RawJsonFilter"/],
    ['a regular expression', { title: { regex: 'a' } }, /"regex" is not defined/],
    ['a relation by its name', { mother: { eq: uuid(1) } }, /"eq" is not defined by type "CraftFilterInput"/],
    ['an unknown field', { wings: { eq: 1 } }, /"wings" is not defined/],
    ['a text for a group', { not: 'x' }, /to be an object/],
    [
      'four relations',
      { mother: { mother: { mother: { mother: { seats: { eq: 1 } } } } } },
      /^Filter on "mother.mother.mother.mother": it follows more than 3/,
    ],
    [
      'four relations, by the many side',
      { children: { some: { children: { none: { children: { some: { children: { every: {} } } } } } } } },
      /it follows more than 3/,
    ],
    ['too deep', nested(50), /at most 40 levels deep/],
    ['too much', { or: Array.from({ length: 2000 }, () => ({ seats: { eq: 1 } })) }, /at most 1000 conditions/],
  ])('%s', async (_name, filter, message) => {
    const error = await space.refused(QUERY, { filter });
    expect(error.message).toMatch(message);
    expect(error.extensions.code).toBe('BAD_USER_INPUT');
  });

  test('what is nested beyond reason', async () => {
    const deep = (depth: number) => `${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`;
    for (const depth of [1_000, 100_000]) {
      const answer = await fetch(`${space.url}/graphql`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${space.key}`, 'Content-Type': 'application/json' },
        body: `{"query":${JSON.stringify(QUERY)},"variables":{"filter":${deep(depth)}}}`,
      });
      const { errors } = (await answer.json()) as any;
      expect(errors[0].extensions.code).toBe('BAD_USER_INPUT');
    }
  });
});

describe('REST', () => {
  test.each<[string, number[]]>([
    [`title[eq]:"Jane@acme.com 100%"`, [1]],
    ['title[eq]:""', [2, 3]],
    ['title[startsWith]:Jane,seats[gte]:7', [1]],
    ['title[in]:["","x"]', [2, 3]],
    ['or(seats[eq]:7,not(title[is]:NOT_NULL))', [1, 2, 3]],
    ['seats[eq]:7,seats[lt]:8', [1]],
    ['hue[containsAny]:[BLUE,RED]', [1, 2]],
    ['hues[containsAny]:["BLUE"]', [1]],
    ['moment[eq]:"2026-01-02T10:00:00.000Z"', [1, 2]],
    ['pilot.firstName[ilike]:"j%"', [1]],
    [`motherId[in]:["${uuid(1)}"]`, [2]],
    ['mother.mother.seats[eq]:7', [3]],
    ['mass[eq]:9007199254740993', [1]],
    ['size[lte]:0.1', [1, 2]],
    ['deletedAt[is]:NOT_NULL', [4]],
  ])('finds %s', async (filter, expected) => {
    const { body } = await space.rest('GET', `/rest/crafts?filter=${encodeURIComponent(filter)}`);
    expect(body.data?.crafts.map(({ id }: any) => Number(id.slice(-2)))).toEqual(expected);
  });

  test('finds all by a filter in brackets, which is none', async () => {
    expect((await space.rest('GET', '/rest/crafts?filter[title][eq]=x')).body.totalCount).toBe(3);
  });

  test.each([
    'seats[eq]:2147483648',
    'mass[eq]:9223372036854775808',
    'mass[eq]:1.5',
    'size[eq]:1e999',
    'day[eq]:2026-02-30',
    'moment[eq]:2026-02-30',
    'moment[eq]:7',
    'title[eq]:"\0"',
    'title[like]:"a\\"',
    'hue[eq]:GREEN',
    'hues[eq]:RED',
  ])('refuses %j, naming the path', async (filter) => {
    const { status, body } = await space.rest('GET', `/rest/crafts?filter=${encodeURIComponent(filter)}`);
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'BadRequestException' });
    expect(body.messages[0]).toContain(filter.split('[')[0]);
  });

  test.each([
    ['words[containsIlike]:a', /position 7: comparator containsIlike not in/],
    ['searchVector[search]:a', /position 14: comparator search not in/],
    ['mother.mother.mother.mother.seats[eq]:1', /position 1: A path may go through 3 relations/],
  ])('refuses %s', async (filter, message) => {
    const { status, body } = await space.rest('GET', `/rest/crafts?filter=${encodeURIComponent(filter)}`);
    expect({ status, messages: body.messages }).toEqual({ status: 400, messages: [expect.stringMatching(message)] });
  });
});

test('a composite made by hand may lack a part: it is empty, and no filter takes it', async () => {
  const { sql, rest, untilServed } = await workspace();
  await sql(`create table crates (id uuid primary key default gen_random_uuid(), pilot_first_name text)`);
  await sql(`comment on column crates.pilot_first_name is E'@part pilot.firstName\\n@type FULL_NAME'`);
  await untilServed('crates');
  await sql(`insert into crates (pilot_first_name) values ('Jo')`);
  const { body } = await rest('GET', '/rest/crates?filter=pilot.firstName[eq]:Jo&order_by=pilot.lastName');
  expect(body.data.crates).toMatchObject([{ pilot: { firstName: 'Jo', lastName: '' } }]);
  expect(await rest('GET', '/rest/crates?filter=pilot.lastName[eq]:Jo')).toMatchObject({
    status: 400,
    body: { messages: ['Filter on "pilot": unknown sub-field "lastName"'] },
  });
  expect((await rest('POST', '/rest/crates', { pilot: { firstName: 'A', lastName: 'B' } })).status).toBeLessThan(500);
});
