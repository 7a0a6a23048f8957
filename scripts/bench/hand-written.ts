/**
 * What Plinth is measured against: the same answers as a good programmer would write them for these tables and nothing
 * else. express, `pg`, one prepared query a request that makes the JSON in Postgres, behind the same API keys, in a
 * transaction as the workspace's role with its search path. With `PIPELINE=on` what a request sends is sent together.
 */

import express, { type Request, type Response } from 'express';
import pg from 'pg';
import { pino } from 'pino';
import { openDatabase } from '../../db/pool.ts';
import { openAccess } from '../../server/access/authentication.ts';
import type { Principal } from '../../server/access/principal.ts';
import type { Given } from '../../server/given.ts';
import { CREATE, DEEP, NESTED, PAGE, PEOPLE_PER_COMPANY, TASKS_PER_PERSON, UPSERT } from './cases.ts';

const url = process.env.DATABASE_URL as string;
const connections = Number(process.env.DATABASE_POOL_SIZE);
const isPipelined = process.env.PIPELINE === 'on';
const pool = new pg.Pool({
  connectionString: url,
  max: connections,
  min: connections,
  pipeline: isPipelined,
  options: '-c jit=off -c TimeZone=UTC',
} as pg.PoolConfig);
const database = openDatabase({ url, poolSize: 1, statementTimeoutMs: 15_000, log: pino({ level: 'silent' }) });
const access = openAccess(database, { personOf: async () => null, isOwnOrigin: () => true });

const app = express();
app.disable('x-powered-by');
app.disable('etag');
const json = express.json({ limit: '2mb' });

app.post('/graphql', json, async (request, response) => {
  const { query, variables } = request.body;
  await answer(request, response, operations[query] as Operation, variables);
});
app.get('/rest/companies', async (request, response) => {
  const { limit, depth } = request.query;
  await answer(request, response, depth === '1' ? restNested : restPage, { first: Number(limit) });
});
app.post('/rest/batch/companies', json, async (request, response) => {
  response.status(201);
  await answer(request, response, request.query.upsert ? restUpsert : restCreate, { data: request.body });
});

type Operation = { readonly name: string; readonly text: string; values(variables: Given): unknown[] };

async function answer(request: Request, response: Response, operation: Operation, variables: unknown) {
  const principal = await access.authenticate(request.headers);
  response.type('json').send(await run(principal, operation, variables));
}

async function run({ schema, role }: Principal, { name, text, values }: Operation, variables: unknown) {
  const client = await pool.connect();
  const identity = {
    name: 'identity',
    text: `select set_config('role', $1, true), set_config('search_path', quote_ident($2) || ', pg_temp', true)`,
    values: [role, schema],
  };
  // The name carries the workspace, whose enum types the statement keeps.
  const query = { name: `${name} ${schema}`, text, values: values(variables) };
  try {
    if (isPipelined) {
      const sent = [
        client.query('begin'),
        client.query(identity),
        client.query(query),
        client.query('commit'),
      ] as const;
      return (await Promise.all(sent))[2].rows[0].json;
    }
    await client.query('begin');
    await client.query(identity);
    const { rows } = await client.query(query);
    await client.query('commit');
    return rows[0].json;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

// The queries --------------------------------------------------------------------------------------------------------

const instant = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const links = (column: string) => `json_build_object(
  'primaryLinkLabel', coalesce(${column}_primary_link_label, ''),
  'primaryLinkUrl', coalesce(${column}_primary_link_url, ''),
  'secondaryLinks', coalesce(${column}_secondary_links, '[]'))`;

const actor = (column: string) => `json_build_object(
  'source', ${column}_source,
  'workspaceMemberId', ${column}_workspace_member_id,
  'name', coalesce(${column}_name, ''),
  'context', ${column}_context)`;

const wholeCompany = (c: string) => `json_build_object(
  'id', ${c}.id, 'name', coalesce(${c}.name, ''), 'domainName', ${links(`${c}.domain_name`)},
  'address', json_build_object(
    'addressStreet1', coalesce(${c}.address_address_street1, ''), 'addressStreet2', coalesce(${c}.address_address_street2, ''),
    'addressCity', coalesce(${c}.address_address_city, ''), 'addressPostcode', coalesce(${c}.address_address_postcode, ''),
    'addressState', coalesce(${c}.address_address_state, ''), 'addressCountry', coalesce(${c}.address_address_country, ''),
    'addressLat', ${c}.address_address_lat, 'addressLng', ${c}.address_address_lng),
  'employees', ${c}.employees, 'linkedinLink', ${links(`${c}.linkedin_link`)}, 'xLink', ${links(`${c}.x_link`)},
  'annualRecurringRevenue', json_build_object(
    'amountMicros', ${c}.annual_recurring_revenue_amount_micros,
    'currencyCode', ${c}.annual_recurring_revenue_currency_code),
  'idealCustomerProfile', ${c}.ideal_customer_profile, 'position', ${c}.position,
  'createdBy', ${actor(`${c}.created_by`)}, 'updatedBy', ${actor(`${c}.updated_by`)},
  'createdAt', ${instant(`${c}.created_at`)}, 'updatedAt', ${instant(`${c}.updated_at`)},
  'deletedAt', ${instant(`${c}.deleted_at`)}, 'accountOwnerId', ${c}.account_owner_id)`;

const wholePerson = (p: string) => `json_build_object(
  'id', ${p}.id,
  'name', json_build_object('firstName', coalesce(${p}.name_first_name, ''), 'lastName', coalesce(${p}.name_last_name, '')),
  'emails', json_build_object(
    'primaryEmail', coalesce(${p}.emails_primary_email, ''), 'additionalEmails', coalesce(${p}.emails_additional_emails, '[]')),
  'linkedinLink', ${links(`${p}.linkedin_link`)}, 'xLink', ${links(`${p}.x_link`)}, 'jobTitle', coalesce(${p}.job_title, ''),
  'phones', json_build_object(
    'primaryPhoneNumber', coalesce(${p}.phones_primary_phone_number, ''),
    'primaryPhoneCountryCode', coalesce(${p}.phones_primary_phone_country_code, ''),
    'primaryPhoneCallingCode', coalesce(${p}.phones_primary_phone_calling_code, ''),
    'additionalPhones', coalesce(${p}.phones_additional_phones, '[]')),
  'city', coalesce(${p}.city, ''), 'avatarUrl', coalesce(${p}.avatar_url, ''), 'avatarFile', coalesce(${p}.avatar_file, '[]'),
  'position', ${p}.position,
  'createdBy', ${actor(`${p}.created_by`)}, 'updatedBy', ${actor(`${p}.updated_by`)},
  'createdAt', ${instant(`${p}.created_at`)}, 'updatedAt', ${instant(`${p}.updated_at`)},
  'deletedAt', ${instant(`${p}.deleted_at`)}, 'companyId', ${p}.company_id)`;

const page: Operation = {
  name: 'page',
  values: ({ first }) => [first],
  text: `
    with page as (
      select id, name, employees, ideal_customer_profile, domain_name_primary_link_url, created_at, position
      from companies
      where deleted_at is null
      order by position, id
      limit $1::int + 1
    )
    select json_build_object('data', json_build_object('companies', json_build_object(
      'edges', (
        select json_agg(json_build_object('node', json_build_object(
          'id', id, 'name', coalesce(name, ''), 'employees', employees, 'idealCustomerProfile', ideal_customer_profile,
          'domainName', json_build_object('primaryLinkUrl', coalesce(domain_name_primary_link_url, '')),
          'createdAt', ${instant('created_at')})) order by position, id)
        from (select * from page order by position, id limit $1) as shown),
      'pageInfo', json_build_object('hasNextPage', (select count(*) > $1 from page)))))::text as json`,
};

const nested: Operation = {
  name: 'nested',
  values: ({ first }) => [first],
  text: `
    select json_build_object('data', json_build_object('companies', json_build_object(
      'totalCount', (select count(*) from companies where deleted_at is null),
      'edges', (
        select json_agg(json_build_object('node', json_build_object(
          'id', company.id, 'name', coalesce(company.name, ''), 'people',
          json_build_object('edges', coalesce(people.edges, '[]')))) order by company.position, company.id)
        from (select id, name, position from companies where deleted_at is null
          order by position, id limit $1) as company
        cross join lateral (
          select json_agg(json_build_object('node', json_build_object(
            'id', id, 'name', json_build_object('firstName', coalesce(name_first_name, ''), 'lastName',
              coalesce(name_last_name, '')),
            'jobTitle', coalesce(job_title, ''))) order by position, id) as edges
          from (
            select id, name_first_name, name_last_name, job_title, position
            from people
            where company_id = company.id and deleted_at is null
            order by position, id
            limit ${PEOPLE_PER_COMPANY}
          ) as person
        ) as people))))::text as json`,
};

const deep: Operation = {
  name: 'deep',
  values: ({ first }) => [first],
  text: `
    select json_build_object('data', json_build_object('companies', json_build_object('edges', (
      select json_agg(json_build_object('node', json_build_object(
        'id', company.id, 'name', coalesce(company.name, ''), 'people',
        json_build_object('edges', coalesce(people.edges, '[]')))) order by company.position, company.id)
      from (select id, name, position from companies where deleted_at is null order by position, id limit $1) as company
      cross join lateral (
        select json_agg(json_build_object('node', json_build_object(
          'id', person.id, 'name', json_build_object('firstName', coalesce(name_first_name, ''), 'lastName',
            coalesce(name_last_name, '')),
          'taskTargets', json_build_object('edges', coalesce(targets.edges, '[]'))))
          order by person.position, person.id) as edges
        from (
          select id, name_first_name, name_last_name, position
          from people
          where company_id = company.id and deleted_at is null
          order by position, id
          limit ${PEOPLE_PER_COMPANY}
        ) as person
        cross join lateral (
          select json_agg(json_build_object('node', json_build_object(
            'id', target.id, 'task', case when task.id is not null then json_build_object(
              'id', task.id, 'title', coalesce(task.title, ''), 'status', task.status) end))
              order by target.id) as edges
          from (
            select id, task_id
            from task_targets
            where target_person_id = person.id and deleted_at is null
            order by id
            limit ${TASKS_PER_PERSON}
          ) as target
          left join tasks as task on task.id = target.task_id and task.deleted_at is null
        ) as targets
      ) as people))))::text as json`,
};

const PAGE_INFO = `
  'pageInfo', (select json_build_object(
    'startCursor', min(encode(convert_to(json_build_array(position, id)::text, 'UTF8'), 'base64')) filter (where place = 1),
    'endCursor', min(encode(convert_to(json_build_array(position, id)::text, 'UTF8'), 'base64')) filter (where place = least(total, $1)),
    'hasNextPage', coalesce(bool_or(place > $1), false), 'hasPreviousPage', false)
    from (select *, count(*) over () as total from page) as page),
  'totalCount', (select count(*) from companies where deleted_at is null)`;

const restPage: Operation = {
  name: 'rest page',
  values: ({ first }) => [first],
  text: `
    with page as (
      select *, row_number() over (order by position, id) as place
      from (select * from companies where deleted_at is null order by position, id limit $1::int + 1) as company
    )
    select json_build_object(
      'data', json_build_object('companies', (select json_agg(${wholeCompany('page')} order by place) from page
        where place <= $1)),
      ${PAGE_INFO})::text as json`,
};

const restNested: Operation = {
  name: 'rest nested',
  values: ({ first }) => [first],
  text: `
    with page as (
      select *, row_number() over (order by position, id) as place
      from (select * from companies where deleted_at is null order by position, id limit $1::int + 1) as company
    )
    select json_build_object(
      'data', json_build_object('companies', (
        select json_agg(json_build_object(
          'id', page.id, 'name', coalesce(name, ''), 'domainName', ${links('domain_name')}, 'employees', employees,
          'idealCustomerProfile', ideal_customer_profile, 'createdAt', ${instant('created_at')},
          'people', coalesce(people.list, '[]')) order by place)
        from page
        cross join lateral (
          select json_agg(${wholePerson('person')} order by id) as list
          from (select * from people where company_id = page.id and deleted_at is null order by id limit 60) as person
        ) as people
        where place <= $1)),
      ${PAGE_INFO})::text as json`,
};

const written = (returning: string, company: string, wrapper: (list: string) => string) => `
  , input as materialized (
    select uuidv7() as id, record->>'name' as name, (record->>'employees')::double precision as employees,
      nullif(record->'domainName'->>'primaryLinkUrl', '') as domain, place
    from jsonb_array_elements($1::jsonb) with ordinality as given (record, place)
  ), written as (
    insert into companies (
      id, name, employees, domain_name_primary_link_url, position,
      created_by_source, created_by_name, updated_by_source, updated_by_name)
    select id, name, employees, domain, last.position + place, 'API', 'Default', 'API', 'Default'
    from input, last
    ${returning}
    returning *
  )
  select ${wrapper(`json_agg(${company} order by place)`)}::text as json
  from written`;

const brief = (c: string) => `json_build_object(
  'id', ${c}.id, 'name', ${c}.name, 'employees', ${c}.employees,
  'domainName', json_build_object('primaryLinkUrl', coalesce(${c}.domain_name_primary_link_url, '')))`;

const last = 'with last as (select coalesce(max(position), 0) as position from companies)';
const ofGraphql = (list: string) => `json_build_object('data', json_build_object('createCompanies', ${list}))`;
const ofRest = ofGraphql;
const values = ({ data }: { data: unknown }) => [JSON.stringify(data)];

function creating(name: string, company: string, wrapper: (list: string) => string): Operation {
  return { name, values, text: `${last}${written('', company, wrapper)} join input using (id)` };
}

function upserting(name: string, company: string, wrapper: (list: string) => string): Operation {
  const onConflict = `
    on conflict (domain_name_primary_link_url) do update
    set name = excluded.name, employees = excluded.employees, deleted_at = null, updated_at = now(),
      updated_by_source = 'API', updated_by_name = 'Default'`;
  return {
    name,
    values,
    text: `${last}${written(onConflict, company, wrapper)} join input on input.domain = domain_name_primary_link_url`,
  };
}

const operations: Record<string, Operation> = {
  [PAGE]: page,
  [NESTED]: nested,
  [DEEP]: deep,
  [CREATE]: creating('create', brief('written'), ofGraphql),
  [UPSERT]: upserting('upsert', brief('written'), ofGraphql),
};
const restCreate = creating('rest create', wholeCompany('written'), ofRest);
const restUpsert = upserting('rest upsert', wholeCompany('written'), ofRest);

const server = app.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
