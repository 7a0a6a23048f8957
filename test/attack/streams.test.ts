/**
 * A role listens for what it was not granted: fields, objects, records that a rule keeps from it, of the model and made
 * by hand; by server-sent events and subscriptions, as they come and from the past. Whoever owns the workspace writes
 * secrets meanwhile.
 */

import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createKey } from '../../server/access/keys.ts';
import { server, workspace } from '../fixture.ts';
import { signedIn } from '../members/people.ts';
import { makeRole, objectIdOf, permit, type Workspace } from '../roles.ts';

const SECRET = 'xenon-4711';
const NOTHING = { read: false, update: false, softDelete: false, destroy: false };
const PATIENCE = { timeout: 20_000, interval: 50 };

let space: Workspace;
let roleId: string;
const endings: (() => unknown)[] = [];
afterAll(() => {
  for (const end of endings) end();
});

type Told = { readonly all: () => string };

/** All that a stream says, as text. */
async function events(
  headers: Record<string, string>,
  path: string,
): Promise<Told & { readonly status: number; readonly isOver: () => boolean }> {
  const ending = new AbortController();
  endings.push(() => ending.abort());
  const response = await fetch(space.url + path, { headers, signal: ending.signal });
  let text = '';
  let isOver = false;
  const read = async () => {
    for await (const chunk of response.body as any) text += Buffer.from(chunk).toString('utf8');
  };
  read()
    .catch(() => undefined)
    .finally(() => {
      isOver = true;
    });
  if (response.ok) await vi.waitFor(() => expect(text).toContain('event: ready'), PATIENCE);
  return { status: response.status, all: () => text, isOver: () => isOver };
}

function subscribed(key: string, query: string): Told {
  const client = createClient({
    url: `${space.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  endings.push(() => client.dispose());
  const told: unknown[] = [];
  const note = (each: unknown) => void told.push(each);
  client.subscribe({ query }, { next: note, error: note, complete: () => note('complete') });
  return { all: () => JSON.stringify(told) };
}

async function keyOf(role: string): Promise<string> {
  const { database } = await server();
  return (await database.asOwner((client) => createKey(client, space.id, 'listens', { roleId: role }))).token;
}

beforeAll(async () => {
  space = await workspace();
  await space.sql(`
    alter table companies add column vat_number text;
    create table vaults (vault_no int generated always as identity primary key, code text);
    create table launches (
      id uuid primary key default gen_random_uuid(), mission text, payload text,
      manifest text generated always as (upper(payload)) stored, is_public boolean not null)`);
  await space.untilServed('launches');
  roleId = await makeRole(space, 'Listener', {
    canReadAllObjectRecords: true,
    objects: { opportunity: NOTHING, vault: NOTHING },
    fields: {
      'company.domainName': { read: false },
      'company.vatNumber': { read: false },
      'launch.payload': { read: false },
    },
  });
  const rules = { company: { employees: { lt: 1000 } }, launch: { isPublic: { eq: true } } };
  for (const [name, filter] of Object.entries(rules)) {
    const rowRules = [{ objectMetadataId: await objectIdOf(space, name), filter }];
    expect((await space.rest('PUT', `/rest/metadata/roles/${roleId}/rowRules`, { rowRules })).status).toBe(200);
  }
});

const QUERIES: Readonly<Record<string, string>> = {
  'onDbEvent of all':
    'subscription { onDbEvent(input: {}) { action objectNameSingular recordId record updatedFields } }',
  'onDbEvent of companies':
    'subscription { onDbEvent(input: { objectNameSingular: "company" }) { action recordId record updatedFields } }',
  companyChanged: 'subscription { companyChanged { action recordId updatedFields record { id name employees } } }',
  launchChanged: 'subscription { launchChanged { action recordId updatedFields record { id mission } } }',
};

const REFUSED: Readonly<Record<string, string>> = {
  'the field': 'subscription { companyChanged { record { domainName { primaryLinkUrl } } } }',
  'the field made by hand': 'subscription { companyChanged { record { vatNumber } } }',
  'a column of a table made by hand': 'subscription { launchChanged { record { payload } } }',
  'what is made of it': 'subscription { launchChanged { record { manifest } } }',
  'the object': 'subscription { opportunityChanged { recordId } }',
  'the table made by hand': 'subscription { vaultChanged { recordId } }',
  'the object by its name': 'subscription { onDbEvent(input: { objectNameSingular: "opportunity" }) { recordId } }',
  'the object through a relation': 'subscription { companyChanged { record { opportunities { totalCount } } } }',
  'a filter by the field':
    'subscription { companyChanged(filter: { domainName: { primaryLinkUrl: { like: "%x%" } } }) { recordId } }',
  'a filter by the object':
    'subscription { companyChanged(filter: { opportunities: { some: { name: { like: "%x%" } } } }) { recordId } }',
};

describe('nothing of what is kept back is told', () => {
  test('by a stream of server-sent events, a subscription, or the past', async () => {
    const key = await keyOf(roleId);
    const member = await signedIn([space], { role: 'Listener' });
    const cookie = [...member.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const [byKey, bySession] = [
      { Authorization: `Bearer ${key}` },
      { Cookie: cookie, 'X-Plinth-Workspace': space.name },
    ];
    const streams: Told[] = [
      await events(byKey, '/rest/companies/changes'),
      await events(byKey, '/rest/launches/changes'),
      await events(bySession, '/rest/companies/changes'),
    ];
    for (const path of ['/rest/opportunities/changes', '/rest/vaults/changes'])
      for (const headers of [byKey, bySession]) expect((await events(headers, path)).status).toBe(403);
    const subscriptions = Object.values(QUERIES).map((query) => subscribed(key, query));
    const refused = Object.values(REFUSED).map((query) => subscribed(key, query));
    await vi.waitFor(() => {
      for (const { all } of refused) expect(all()).toMatch(/complete|message/);
    }, PATIENCE);
    // Listeners are there: their triggers are, on the object that all of it is about too.
    await vi.waitFor(async () => {
      const [{ count }] = await space.sql(
        `select count(distinct tgrelid)::int as count from pg_trigger
         where tgname like 'plinth%' and tgrelid in ('opportunities'::regclass, 'vaults'::regclass,
           'launches'::regclass, 'companies'::regclass)`,
      );
      expect(count).toBe(4);
      const [{ marks }] = await space.sql(
        `select count(*)::int as marks from plinth_events where action = 'gap' and object_name = '*'`,
      );
      expect(marks).toBeGreaterThan(0);
    }, PATIENCE);

    const made = await space.gql(`mutation { createCompanies(data: [
      { name: "Seen", employees: 1, domainName: { primaryLinkUrl: "https://${SECRET}.example" }, vatNumber: "${SECRET}" }
      { name: "${SECRET}", employees: 100000 }
      { name: "${SECRET} too", employees: 200000 }
    ]) { id } }`);
    const [seen, hidden, later] = made.createCompanies.map(({ id }: { id: string }) => id);
    await space.gql(`mutation {
      updateCompany(id: "${seen}", data: { vatNumber: "${SECRET} 2" }) { id }
      hide: updateCompany(id: "${seen}", data: { employees: 5000, name: "${SECRET} 3" }) { id }
      createOpportunity(data: { name: "${SECRET}", companyId: "${seen}" }) { id }
      createVault(data: { code: "${SECRET}" }) { id }
      createLaunches(data: [
        { mission: "Seen", payload: "${SECRET}", isPublic: true }
        { mission: "${SECRET}", payload: "x", isPublic: false }
      ]) { id }
      clean: updateCompany(id: "${later}", data: { name: "Clean", employees: 3 }) { id }
      again: updateCompany(id: "${seen}", data: { name: "Seen again", employees: 2 }) { id }
      destroyCompany(id: "${hidden}") { id }
    }`);
    await space.gql(
      'mutation { createCompany(data: { name: "Marker", employees: 1 }) { id } createLaunch(data: { mission: "Marker", isPublic: true }) { id } }',
    );
    const all = [...streams, ...subscriptions];
    for (const { all: told } of all) await vi.waitFor(() => expect(told()).toContain('Marker'), PATIENCE);
    const past = [
      await events(byKey, '/rest/companies/changes?since=0'),
      await events(byKey, '/rest/launches/changes?since=0'),
      await events({ ...byKey, 'Last-Event-ID': '1' }, '/rest/companies/changes'),
      await events(bySession, '/rest/companies/changes?since=0'),
    ];
    for (const { all: told } of past) await vi.waitFor(() => expect(told()).toContain('Marker'), PATIENCE);
    for (const { all: told } of [...all, ...past, ...refused]) {
      expect(told()).not.toContain(SECRET);
      expect(told()).not.toContain(SECRET.toUpperCase());
      expect(told()).not.toContain(hidden);
    }
    for (const { all: told } of [...all, ...past])
      expect(told()).not.toMatch(/domainName|vatNumber|"payload"|manifest|vault"|opportunity"/);
    for (const { all: told } of [streams[0] as Told, past[0] as Told]) {
      expect(told()).toContain('Seen again');
      expect(told()).toContain('Clean'); // as it is now, for the rule finds it now
    }
  }, 90_000);

  test('once the right to read is taken away, while it is read', async () => {
    const role = await makeRole(space, 'Leaver', { canReadAllObjectRecords: true });
    const key = await keyOf(role);
    const stream = await events({ Authorization: `Bearer ${key}` }, '/rest/people/changes');
    const subscription = subscribed(
      key,
      'subscription { onDbEvent(input: { objectNameSingular: "person" }) { record } }',
    );
    await vi.waitFor(async () => {
      await space.gql('mutation { createPerson(data: { city: "Before" }) { id } }');
      expect(stream.all()).toContain('Before');
      expect(subscription.all()).toContain('Before');
    }, PATIENCE);
    await permit(space, role, { objects: { person: { read: false } } });
    await vi.waitFor(async () => {
      expect((await fetch(`${space.url}/rest/people`, { headers: { Authorization: `Bearer ${key}` } })).status).toBe(
        403,
      );
    }, PATIENCE);
    await space.gql(`mutation { createPerson(data: { city: "${SECRET}" }) { id } }`);
    await vi.waitFor(() => expect(stream.isOver()).toBe(true), PATIENCE);
    expect(stream.all() + subscription.all()).not.toContain(SECRET);
  }, 60_000);
});
