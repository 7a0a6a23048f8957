/** The demo workspace: some 200 invented records, so that a first query has something to answer. */

import type { Client } from '../../db/client.ts';
import type { Database } from '../../db/pool.ts';
import { sql } from '../../db/sql.ts';
import { createWorkspace, listWorkspaces } from '../changes/workspaces.ts';
import { PlinthError } from '../errors.ts';

/** Makes the demo where there is no workspace yet. @returns its API key, or null where it wasn't made */
export async function makeDemo(database: Database): Promise<string | null> {
  if ((await listWorkspaces(database)).length > 0) return null;
  try {
    const { apiKey, schema } = await createWorkspace(database, { name: 'demo' });
    await database.transaction((client) => insertAll(client, schema, demoRecords(new Date())));
    return apiKey;
  } catch (error) {
    // Of several servers that start together on an empty database, one makes it.
    if (error instanceof PlinthError && error.code === 'WORKSPACE_ALREADY_EXISTS') return null;
    throw error;
  }
}

type Row = Readonly<Record<string, unknown>>;

/**
 * Rows by table, in an order in which each finds those that it points to. All rows of a table have the same columns.
 */
type Records = ReadonlyMap<string, readonly Row[]>;

/** One statement a table; the rows become the table's own types. */
async function insertAll(client: Client, schema: string, records: Records): Promise<void> {
  await client.rows(sql`select set_config('search_path', quote_ident(${sql.value(schema)}) || ', pg_temp', true)`);
  for (const [table, rows] of records) {
    const columns = sql.join(
      Object.keys(rows[0] ?? {}).map((name) => sql.identifier(name)),
      ', ',
    );
    await client.rows(sql`
      insert into ${sql.identifier(table)} (${columns})
      select ${columns}
      from jsonb_populate_recordset(null::${sql.identifier(table)}, ${sql.value(JSON.stringify(rows))}::jsonb)`);
  }
}

/** The same on every machine, but for the dates, which lie around `now`. */
function demoRecords(now: Date): Records {
  const { chance, pick, whole, id } = seeded(20_26);
  const at = (days: number) => new Date(now.getTime() + days * DAY_MS).toISOString();

  const members = MEMBERS.map(([firstName, lastName], i) => ({
    id: id(at(-400)),
    name_first_name: firstName,
    name_last_name: lastName,
    user_email: `${firstName}@plinth.example`.toLowerCase(),
    user_id: id(at(-400)),
    color_scheme: 'System',
    locale: 'en',
    time_zone: 'system',
    position: i + 1,
  }));

  /** What all records have that a member made: in the order of `createdAt`, which their ids follow. */
  function madeBy(member: (typeof members)[number], daysAgo: number, i: number) {
    const actor = (column: string) => ({
      [`${column}_source`]: 'MANUAL',
      [`${column}_workspace_member_id`]: member.id,
      [`${column}_name`]: `${member.name_first_name} ${member.name_last_name}`,
    });
    const created = at(-daysAgo);
    const common = { id: id(created), position: i + 1, created_at: created, updated_at: at(-daysAgo * chance()) };
    return { ...common, ...actor('created_by'), ...actor('updated_by') };
  }

  const companies = COMPANIES.map(([name, street, postcode, city, country], i) => {
    const owner = pick(members);
    const employees = whole(8, 90) * pick([1, 1, 2, 5]);
    const domain = `${ascii(name.toLowerCase()).replaceAll(/[^a-z]+/g, '-')}.example`;
    return {
      ...madeBy(owner, 360 - i * 7, i),
      name,
      domain_name_primary_link_url: domain,
      linkedin_link_primary_link_url: `https://social.example/company/${domain.replace('.example', '')}`,
      address_address_street1: street,
      address_address_postcode: postcode,
      address_address_city: city,
      address_address_country: COUNTRIES[country].name,
      employees,
      annual_recurring_revenue_amount_micros: micros(chance() < 0.6 ? employees * whole(2, 9) * 100 : 0),
      annual_recurring_revenue_currency_code: COUNTRIES[country].currency,
      ideal_customer_profile: employees > 60,
      account_owner_id: owner.id,
    };
  });

  const people = Array.from({ length: 90 }, (_, i) => {
    const n = i % companies.length;
    const [company, [, , , city, country]] = [itemAt(companies, n), itemAt(COMPANIES, n)];
    const [firstName, lastName] = [itemAt(FIRST_NAMES, i * 7), itemAt(LAST_NAMES, i * 11 + Math.floor(i / 45))];
    const { callingCode, phone } = COUNTRIES[country];
    return {
      ...madeBy(pick(members), 300 - i * 3, i),
      name_first_name: firstName,
      name_last_name: lastName,
      emails_primary_email: ascii(`${firstName}.${lastName}@${company.domain_name_primary_link_url}`.toLowerCase()),
      linkedin_link_primary_link_url: ascii(`https://social.example/in/${firstName}-${lastName}`.toLowerCase()),
      phones_primary_phone_number: phone + String(whole(0, 99)).padStart(2, '0'),
      phones_primary_phone_country_code: country,
      phones_primary_phone_calling_code: callingCode,
      job_title: itemAt(JOB_TITLES, i * 5 + Math.floor(i / 12)),
      city,
      company_id: company.id,
    };
  });

  const opportunities = Array.from({ length: 40 }, (_, i) => {
    const contact = itemAt(people, i * 13);
    const company = companyOf(contact.company_id);
    const stage = itemAt(STAGES, i * 3 + Math.floor(i / 5));
    const owner = pick(members);
    return {
      ...madeBy(owner, 150 - i * 3.5, i),
      name: `${company.name}: ${itemAt(DEALS, i)}`,
      amount_amount_micros: micros(whole(8, 180) * 500),
      amount_currency_code: company.annual_recurring_revenue_currency_code,
      close_date: stage === 'CUSTOMER' ? at(-whole(1, 10)) : at(whole(7, 120)),
      stage,
      company_id: company.id,
      point_of_contact_id: contact.id,
      owner_id: owner.id,
    };
  });

  function companyOf(companyId: string) {
    return companies.find((company) => company.id === companyId) as (typeof companies)[number];
  }

  const tasks = Array.from({ length: 20 }, (_, i) => {
    const opportunity = itemAt(opportunities, i * 3);
    const contact = people.find((person) => person.id === opportunity.point_of_contact_id) as (typeof people)[number];
    const status = itemAt(['DONE', 'TODO', 'IN_PROGRESS', 'TODO'], i);
    const daysAgo = 40 - i * 2;
    const row = {
      ...madeBy(pick(members), daysAgo, i),
      title: itemAt(TASKS, i).replace('{person}', `${contact.name_first_name} ${contact.name_last_name}`),
      body_v2_markdown: `It is about **${opportunity.name}**.`,
      due_at: at(status === 'DONE' ? -daysAgo / 2 : whole(-2, 25)),
      status,
      assignee_id: pick(members).id,
    };
    return { row, target: { target_opportunity_id: opportunity.id, target_person_id: null } };
  });
  const calls = tasks.filter((_, i) => i % 4 === 0).map(({ row }, i) => ({ row, person: itemAt(people, i * 17) }));

  const notes = NOTES.map(([title, body], i) => {
    const company = itemAt(companies, i * 3);
    const row = {
      ...madeBy(pick(members), 90 - i * 6, i),
      title: title.replace('{company}', company.name),
      body_v2_markdown: body.replace('{company}', company.name),
    };
    const employee = people.find((person) => person.company_id === company.id);
    return { row, company, employee };
  });

  /** A target stands for one record; a note or task may have several. */
  const link = (row: { created_at: string }) => {
    return { id: id(row.created_at), created_at: row.created_at, updated_at: row.created_at };
  };
  return new Map<string, readonly Row[]>([
    ['workspace_members', members],
    ['companies', companies],
    ['people', people],
    ['opportunities', opportunities],
    ['tasks', tasks.map(({ row }) => row)],
    [
      'task_targets',
      [
        ...tasks.map(({ row, target }) => ({ ...link(row), task_id: row.id, ...target })),
        ...calls.map(({ row, person }) => ({
          ...link(row),
          task_id: row.id,
          target_opportunity_id: null,
          target_person_id: person.id,
        })),
      ],
    ],
    ['notes', notes.map(({ row }) => row)],
    [
      'note_targets',
      notes.flatMap(({ row, company, employee }) => [
        { ...link(row), note_id: row.id, target_company_id: company.id, target_person_id: null },
        { ...link(row), note_id: row.id, target_company_id: null, target_person_id: employee?.id ?? null },
      ]),
    ],
  ]);
}

const DAY_MS = 86_400_000;

/** Chance that comes out the same each time (mulberry32), and ids by it: version 7, so that they follow the dates. */
function seeded(seed: number) {
  let state = seed;
  function chance(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const whole = (from: number, to: number) => from + Math.floor(chance() * (to - from + 1));
  const pick = <T>(list: readonly T[]) => list[whole(0, list.length - 1)] as T;
  const hex = (digits: number) => Array.from({ length: digits }, () => whole(0, 15).toString(16)).join('');
  function id(date: string): string {
    const time = new Date(date).getTime().toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${pick(['8', '9', 'a', 'b'])}${hex(3)}-${hex(12)}`;
  }
  return { chance, whole, pick, id };
}

/** Begins again where the list ends. */
function itemAt<T>(list: readonly T[], i: number): T {
  return list[i % list.length] as T;
}

function micros(amount: number): number {
  return amount * 1_000_000;
}

/** `zoë.lindström` → `zoe.lindstrom`. */
function ascii(text: string): string {
  return text.normalize('NFD').replaceAll(/[^\x20-\x7e]/g, '');
}

const MEMBERS = [
  ['Noor', 'Brandt'],
  ['Tim', 'Okoye'],
  ['Ana', 'Lopes'],
] as const;

// Telephone numbers end in two more digits, and are of the ranges that each country keeps for films and books.
const COUNTRIES = {
  CA: { name: 'Canada', currency: 'CAD', callingCode: '+1', phone: '61355501' },
  DE: { name: 'Germany', currency: 'EUR', callingCode: '+49', phone: '302312510' },
  FR: { name: 'France', currency: 'EUR', callingCode: '+33', phone: '1990012' },
  GB: { name: 'United Kingdom', currency: 'GBP', callingCode: '+44', phone: '20794601' },
  SE: { name: 'Sweden', currency: 'SEK', callingCode: '+46', phone: '84650041' },
  US: { name: 'United States', currency: 'USD', callingCode: '+1', phone: '20255501' },
} as const;

const COMPANIES: readonly (readonly [
  name: string,
  street: string,
  postcode: string,
  city: string,
  country: keyof typeof COUNTRIES,
])[] = [
  ['Aldermoor Foods', '14 Harbourside Walk', 'BS1 5TY', 'Bristol', 'GB'],
  ['Baltic Lantern', 'Fiskargatan 9', '116 45', 'Stockholm', 'SE'],
  ['Briarwick Analytics', '31 Canal Row', 'M1 2HF', 'Manchester', 'GB'],
  ['Cedar Hollow Robotics', '820 Foundry Street', '15203', 'Pittsburgh', 'US'],
  ['Clairmont Optique', '27 rue des Tanneurs', '69001', 'Lyon', 'FR'],
  ['Copperline Logistics', '455 Dockyard Avenue', '98134', 'Seattle', 'US'],
  ['Dornfeld Maschinen', 'Gewerbering 18', '70565', 'Stuttgart', 'DE'],
  ['Eastbrook Clinics', '8 Orchard Lane', 'LS2 9AE', 'Leeds', 'GB'],
  ['Elmhurst Energy', '1200 Prairie Road', '60608', 'Chicago', 'US'],
  ['Fennmark Textil', 'Weberstraße 40', '04229', 'Leipzig', 'DE'],
  ['Fjällvik Outdoor', 'Bergsgatan 22', '831 31', 'Östersund', 'SE'],
  ['Garrigue Cosmétiques', '5 chemin des Oliviers', '34000', 'Montpellier', 'FR'],
  ['Glasswing Software', '77 Spadina Road', 'M5R 2T1', 'Toronto', 'CA'],
  ['Greyfriars Books', '3 Candlemaker Close', 'EH1 2QB', 'Edinburgh', 'GB'],
  ['Hafenlicht Studios', 'Speicherweg 6', '20457', 'Hamburg', 'DE'],
  ['Hazelgrove Schools', '19 Abbey Green', 'BA1 1NW', 'Bath', 'GB'],
  ['Highmarsh Water', '640 Levee Drive', '70130', 'New Orleans', 'US'],
  ['Île aux Voiles', '12 quai du Levant', '17000', 'La Rochelle', 'FR'],
  ['Ironleaf Bicycles', '2215 Mill Avenue', '97214', 'Portland', 'US'],
  ['Juniper & Vale', '48 Lace Street', 'NG1 1PQ', 'Nottingham', 'GB'],
  ['Kallbäck Design', 'Slöjdgatan 3', '111 57', 'Stockholm', 'SE'],
  ['Kestrel Avionics', '9 Hangar Way', 'K1V 9B4', 'Ottawa', 'CA'],
  ['Lakeshore Dental Group', '301 Wharf Street', '53202', 'Milwaukee', 'US'],
  ['Lindenhof Pflege', 'Am Lindenhof 1', '50674', 'Köln', 'DE'],
  ['Lumière du Nord', '64 rue de la Filature', '59000', 'Lille', 'FR'],
  ['Maplecrest Homes', '15 Sussex Crescent', 'V6B 1A1', 'Vancouver', 'CA'],
  ['Meridian Kitchens', '90 Tannery Road', 'SE1 3XP', 'London', 'GB'],
  ['Mirabeau Voyages', '8 cours des Platanes', '13100', 'Aix-en-Provence', 'FR'],
  ['Northgate Insurance', '5 Castle Street', 'CF10 1BS', 'Cardiff', 'GB'],
  ['Oakhaven Farms', '4400 County Road 12', '52240', 'Iowa City', 'US'],
  ['Pinecrest Pharma', '710 Research Parkway', '27709', 'Durham', 'US'],
  ['Quellwerk Solar', 'Sonnenallee 201', '12059', 'Berlin', 'DE'],
  ['Ravenscar Marine', '2 Pier Head', 'L3 1BY', 'Liverpool', 'GB'],
  ['Rivière & Fils', '33 rue du Moulin', '44000', 'Nantes', 'FR'],
  ['Saltmarsh Coffee', '118 Wharf Lane', '04101', 'Portland', 'US'],
  ['Skarvholm Fisk', 'Hamngatan 14', '411 14', 'Göteborg', 'SE'],
  ['Tannenblick Hotels', 'Schlossweg 7', '79098', 'Freiburg', 'DE'],
  ['Tidewater Media', '25 Barrington Lane', 'B3J 1Z6', 'Halifax', 'CA'],
  ['Vauban Ingénierie', '16 rue des Remparts', '67000', 'Strasbourg', 'FR'],
  ['Westerly Freight', '3300 Terminal Way', '94607', 'Oakland', 'US'],
];

// 45 of each: no two people of the ninety have the same name.
const FIRST_NAMES = (
  'Ada Amara Anton Beatrix Bruno Camille Chiara Cyrus Daniel Delphine Dmitri Edith Elena Emeka Farid ' +
  'Freya Gareth Greta Hana Hugo Ines Ivan Jasmin Jonas Keiko Laurent Leila Linnea Marco Maya ' +
  'Nadia Nils Omar Oona Priya Quentin Rosa Rufus Sofia Sven Tara Tobias Ursula Viktor Zoë'
).split(' ');
const LAST_NAMES = (
  'Adeyemi Almeida Ashworth Bergman Bianchi Carver Chaudhry Costa Dubois Ekström Eriksen Fairclough Fischer Garnier Haddad ' +
  'Hartley Holm Ivanova Jansen Kaur Kowalski Laurent Lindqvist Mbeki Mercer Moreau Nakamura Novak Okafor Osei ' +
  'Pereira Petrov Quinn Rahimi Rossi Sandoval Schäfer Silva Sørensen Tanaka Thorne Vasquez Weber Whitlock Yilmaz'
).split(' ');

const JOB_TITLES = [
  'Managing Director',
  'Head of Sales',
  'Head of Operations',
  'Purchasing Manager',
  'Chief Financial Officer',
  'IT Manager',
  'Product Manager',
  'Data Engineer',
  'Office Manager',
  'Marketing Lead',
  'Customer Success Manager',
];

const STAGES = ['NEW', 'SCREENING', 'MEETING', 'PROPOSAL', 'CUSTOMER'];

const DEALS = [
  'pilot',
  'annual plan',
  'renewal',
  'rollout to all sites',
  'support contract',
  'training days',
  'import of old data',
];

const TASKS = [
  'Call {person} about the dates',
  'Send the offer to {person}',
  'Prepare the demonstration for {person}',
  'Ask {person} for the signed contract',
  'Answer the security questions of {person}',
  'Book a room for the workshop with {person}',
  'Find out who decides besides {person}',
];

const NOTES = [
  [
    'First call with {company}',
    'They keep their customers in **three spreadsheets**. The wish: one place, and an API for the web shop.',
  ],
  [
    'Requirements of {company}',
    '- import of some 12,000 contacts\n- one login for everybody\n- export to the bookkeeping each month',
  ],
  ['Visit at {company}', 'Saw the warehouse. Deliveries are written down on paper; a tablet at the ramp would do.'],
  [
    '{company}: budget',
    'The budget is decided in autumn. Until then a pilot with one team is possible without the board.',
  ],
  ['{company}: who is who', 'Operations wants it, finance pays, and IT must agree. Talk to IT early.'],
  ['Demonstration for {company}', 'Went well. They asked twice whether they can have *fields of their own*.'],
  [
    '{company}: open questions',
    '1. Where is the data kept?\n2. How do we get it out again?\n3. Who answers the telephone on Saturdays?',
  ],
  [
    'Workshop with {company}',
    'Agreed on five kinds of records and on who may change them. Photographs of the wall follow.',
  ],
  [
    '{company}: competitor',
    'They also look at a product that charges for each record. Ours is cheaper from the second year on.',
  ],
  ['{company}: contract', 'Legal asks for a notice period of three months instead of six. Fine for us.'],
  ['Call with {company}', 'Postponed by two weeks, for their year-end closing.'],
  ['{company}: import', 'The test import found 340 duplicates, most of them by spelling. They will clean up first.'],
  ['{company}: feedback', 'The team likes the search. The list of tasks should show the company, too.'],
  ['{company}: renewal', 'Renewal is due next quarter. Two more departments have asked for access.'],
  ['Lunch with {company}', 'Met the new managing director, who knows us from her last company. A good sign.'],
] as const;
