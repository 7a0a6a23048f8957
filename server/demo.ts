/** The demo workspace: some 200 invented records, so that a first query has something to answer. */

import type { Client, Database } from '../db/pool.ts';
import { type SQL, sql } from '../db/sql.ts';
import { createWorkspace, listWorkspaces } from './metadata/workspaces.ts';

const STEMS = [
  'Amber',
  'Birch',
  'Cobalt',
  'Drift',
  'Ember',
  'Fern',
  'Granite',
  'Harbor',
  'Indigo',
  'Juniper',
  'Kestrel',
  'Lumen',
  'Maple',
  'Nimbus',
  'Onyx',
  'Pine',
  'Quarry',
  'Ridge',
  'Slate',
  'Tundra',
];
const TRADES = [
  'Analytics',
  'Foods',
  'Logistics',
  'Robotics',
  'Studios',
  'Energy',
  'Health',
  'Textiles',
  'Books',
  'Mobility',
];
const CITIES = [
  'Paris',
  'Lyon',
  'Berlin',
  'Hamburg',
  'Madrid',
  'Lisbon',
  'Milan',
  'Vienna',
  'Oslo',
  'Dublin',
  'Toronto',
  'Austin',
];
const FIRST = [
  'Ada',
  'Bruno',
  'Chiara',
  'Dmitri',
  'Elena',
  'Farid',
  'Greta',
  'Hugo',
  'Ines',
  'Jonas',
  'Keiko',
  'Leila',
  'Marco',
  'Nadia',
  'Omar',
  'Priya',
  'Quentin',
  'Rosa',
  'Sven',
  'Tara',
];
const LAST = [
  'Almeida',
  'Bergman',
  'Costa',
  'Dubois',
  'Eriksen',
  'Fischer',
  'Garcia',
  'Haddad',
  'Ivanova',
  'Jansen',
  'Kowalski',
  'Lindqvist',
  'Moreau',
  'Novak',
  'Okafor',
  'Petrov',
  'Rossi',
  'Silva',
  'Tanaka',
  'Weber',
];
const TITLES = [
  'Chief Executive',
  'Head of Sales',
  'Buyer',
  'Engineer',
  'Head of Operations',
  'Designer',
  'Financial Controller',
  'Product Manager',
];
const STAGES = ['NEW', 'SCREENING', 'MEETING', 'PROPOSAL', 'CUSTOMER'];
const DEALS = ['Pilot', 'Renewal', 'Expansion', 'Annual plan', 'Support contract'];
const TASKS = ['Call back', 'Send the offer', 'Prepare the meeting', 'Check the contract', 'Ask for feedback'];
const NOTES = ['First call', 'Meeting notes', 'Requirements', 'Open questions', 'Next steps'];

// Members are the same in every demo; all other ids are made by the database's own order below.
const MEMBERS = [
  { id: '20202020-0687-4c41-b707-ed1bfca972a7', first: 'Noor', last: 'van Dijk', email: 'noor@plinth.example' },
  { id: '20202020-77d5-4cb6-b60a-f4a835a85d61', first: 'Tim', last: 'Okoye', email: 'tim@plinth.example' },
  { id: '20202020-1553-45c6-a028-5a9064cce07f', first: 'Ana', last: 'Lopes', email: 'ana@plinth.example' },
];

/** Makes the demo where there is no workspace yet; its API key, or null where there is one. */
export async function makeDemo(database: Database): Promise<string | null> {
  if ((await listWorkspaces(database)).length > 0) return null;
  const { apiKey, schema } = await createWorkspace(database, { name: 'demo' });
  await database.transaction(async (client) => {
    await client.rows(sql`select set_config('search_path', quote_ident(${sql.value(schema)}) || ', pg_temp', true)`);
    for (const statement of statements()) await client.rows(statement);
    await signAll(client);
  });
  return apiKey;
}

function pick<T>(list: readonly T[], i: number): T {
  return list[i % list.length] as T;
}

/** A uuid that says which kind and which number: the same in every demo, so that links can be written down. */
function id(kind: number, number: number): string {
  return `2020${String(kind).padStart(4, '0')}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

function days(ago: number): string {
  return new Date(Date.now() - ago * 86_400_000).toISOString();
}

function rows(count: number, make: (i: number) => object): SQL {
  return sql`${sql.value(JSON.stringify(Array.from({ length: count }, (_, i) => make(i))))}::jsonb`;
}

/** One insert a table; a table's rows take the columns that their JSON has. */
function statements(): SQL[] {
  const companies = rows(40, (i) => {
    const name = `${pick(STEMS, i)} ${pick(TRADES, i * 7 + Math.floor(i / 20))}`;
    return {
      id: id(1, i),
      name,
      url: `${name.toLowerCase().replace(' ', '-')}.example`,
      city: pick(CITIES, i),
      employees: 8 + ((i * 37) % 900),
      arr: (50 + ((i * 53) % 950)) * 1_000 * 1_000_000,
      ideal: i % 3 === 0,
      owner: pick(MEMBERS, i).id,
      created: days(200 - i * 4),
      place: i + 1,
    };
  });
  const people = rows(90, (i) => {
    const [first, last] = [pick(FIRST, i * 3 + Math.floor(i / 20)), pick(LAST, i * 7 + Math.floor(i / 20))];
    return {
      id: id(2, i),
      first,
      last,
      email: `${first}.${last}.${i}@mail.example`.toLowerCase(),
      title: pick(TITLES, i),
      city: pick(CITIES, i * 5),
      phone: `6${String(12345678 + i * 7919).slice(0, 8)}`,
      company: id(1, (i * 3) % 40),
      created: days(190 - i * 2),
      place: i + 1,
    };
  });
  const opportunities = rows(40, (i) => ({
    id: id(3, i),
    name: `${pick(STEMS, (i * 3) % 20)}: ${pick(DEALS, i)}`,
    stage: pick(STAGES, i * 2 + Math.floor(i / 5)),
    amount: (5 + ((i * 29) % 195)) * 1_000 * 1_000_000,
    close: days(60 - i * 4),
    company: id(1, (i * 3) % 40),
    contact: id(2, i),
    owner: pick(MEMBERS, i + 1).id,
    created: days(120 - i * 2),
    place: i + 1,
  }));
  const tasks = rows(20, (i) => ({
    id: id(4, i),
    title: pick(TASKS, i),
    status: pick(['TODO', 'IN_PROGRESS', 'DONE'], i),
    due: days(10 - i),
    assignee: pick(MEMBERS, i).id,
    target: id(2, i * 4),
    targetId: id(6, i),
    created: days(30 - i),
    place: i + 1,
  }));
  const notes = rows(15, (i) => ({
    id: id(5, i),
    title: pick(NOTES, i),
    body: `${pick(NOTES, i)}: they asked for a proposal by the end of the month.`,
    target: id(1, i * 2),
    targetId: id(7, i),
    created: days(45 - i),
    place: i + 1,
  }));
  return [
    sql`
      insert into workspace_members (id, name_first_name, name_last_name, user_email, user_id, position)
      select id, first, last, email, id, ordinality
      from rows from (jsonb_to_recordset(${rows(3, (i) => pick(MEMBERS, i))}) as (id uuid, first text, last text, email text)) with ordinality`,
    sql`
      insert into companies (id, name, domain_name_primary_link_url, address_address_city, employees, annual_recurring_revenue_amount_micros,
        annual_recurring_revenue_currency_code, ideal_customer_profile, account_owner_id, created_at, updated_at, position)
      select id, name, url, city, employees, arr, 'EUR', ideal, owner, created, created, place
      from jsonb_to_recordset(${companies}) as (id uuid, name text, url text, city text, employees float8, arr bigint, ideal boolean, owner uuid, created timestamptz, place float8)`,
    sql`
      insert into people (id, name_first_name, name_last_name, emails_primary_email, job_title, city, phones_primary_phone_number,
        phones_primary_phone_country_code, phones_primary_phone_calling_code, company_id, created_at, updated_at, position)
      select id, first, last, email, title, city, phone, 'FR', '+33', company, created, created, place
      from jsonb_to_recordset(${people}) as (id uuid, first text, last text, email text, title text, city text, phone text, company uuid, created timestamptz, place float8)`,
    sql`
      insert into opportunities (id, name, stage, amount_amount_micros, amount_currency_code, close_date, company_id, point_of_contact_id, owner_id, created_at, updated_at, position)
      select id, name, stage, amount, 'EUR', close, company, contact, owner, created, created, place
      from jsonb_to_recordset(${opportunities}) as (id uuid, name text, stage opportunities_stage, amount bigint, close timestamptz, company uuid, contact uuid, owner uuid, created timestamptz, place float8)`,
    sql`
      with given as (
        select * from jsonb_to_recordset(${tasks}) as (id uuid, title text, status tasks_status, due timestamptz, assignee uuid, target uuid, "targetId" uuid, created timestamptz, place float8)
      ), written as (
        insert into tasks (id, title, status, due_at, assignee_id, created_at, updated_at, position)
        select id, title, status, due, assignee, created, created, place from given
      )
      insert into task_targets (id, task_id, target_person_id) select "targetId", id, target from given`,
    sql`
      with given as (
        select * from jsonb_to_recordset(${notes}) as (id uuid, title text, body text, target uuid, "targetId" uuid, created timestamptz, place float8)
      ), written as (
        insert into notes (id, title, body_v2_markdown, created_at, updated_at, position) select id, title, body, created, created, place from given
      )
      insert into note_targets (id, note_id, target_company_id) select "targetId", id, target from given`,
  ];
}

/** The demo came from us, not from an integration. */
async function signAll(client: Client): Promise<void> {
  for (const table of ['companies', 'people', 'opportunities', 'tasks', 'notes']) {
    await client.rows(
      sql`update ${sql.identifier(table)} set created_by_source = 'SYSTEM', created_by_name = 'Demo', updated_by_source = 'SYSTEM', updated_by_name = 'Demo'`,
    );
  }
}
