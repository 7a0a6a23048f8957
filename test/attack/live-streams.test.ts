/**
 * Subscriptions while something happens: bombs with an event under way, keys that expire, rules that change, events of
 * others.
 */

import { createClient } from 'graphql-ws';
import { afterAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createKey } from '../../server/access/keys.ts';
import { server, workspace } from '../fixture.ts';
import { makeRole, objectIdOf, type Workspace } from '../roles.ts';

const PATIENCE = { timeout: 20_000, interval: 50 };
const endings: (() => unknown)[] = [];
afterAll(() => {
  for (const end of endings) end();
});

function subscribed({ url }: Workspace, key: string, query: string) {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  endings.push(() => client.dispose());
  const told: unknown[] = [];
  const note = (each: any) =>
    void told.push(each?.reason === undefined ? each : { code: each.code, reason: each.reason });
  client.subscribe({ query }, { next: note, error: note, complete: () => note('complete') });
  return { told, text: () => JSON.stringify(told) };
}

const create = (space: Workspace, name: string, employees = 1) =>
  space.gql(`mutation { createCompany(data: { name: "${name}", employees: ${employees} }) { id } }`);

/** Writes until a subscription hears of it: from then on it hears of all. */
async function heard(space: Workspace, { text }: { text: () => string }): Promise<void> {
  await vi.waitFor(async () => {
    await create(space, 'Heard');
    expect(text()).toContain('Heard');
  }, PATIENCE);
}

async function roleKey(space: Workspace, label: string) {
  const roleId = await makeRole(space, label, { canReadAllObjectRecords: true });
  const { database } = await server();
  const { token } = await database.asOwner((client) => createKey(client, space.id, label, { roleId }));
  return { roleId, token };
}

/** Each fragment spreads the next one twice. */
const bomb = (depth: number) =>
  `subscription { companyChanged { record { ...f0 } } } ${Array.from(
    { length: depth },
    (_, i) => `fragment f${i} on Company { ...f${i + 1} ...f${i + 1} }`,
  ).join(' ')} fragment f${depth} on Company { name }`;

test('fragments that multiply are refused, and those that do not are told with the event', async () => {
  const space = await workspace();
  const small = subscribed(space, space.key, bomb(4));
  await heard(space, small);
  const bombs = [12, 24, 200].map((depth) => subscribed(space, space.key, bomb(depth)));
  await create(space, 'Later');
  for (const { text } of bombs) await vi.waitFor(() => expect(text()).toContain('TOO_COMPLEX_QUERY'), PATIENCE);
  await vi.waitFor(() => expect(small.text()).toContain('Later'), PATIENCE);
});

test('a key that expires ends its subscription, and hears nothing more', async () => {
  const space = await workspace();
  const { token } = await roleKey(space, 'Expiring');
  const subscription = subscribed(space, token, 'subscription { companyChanged { record { name } } }');
  await heard(space, subscription);
  await space.sql(`update plinth.api_keys set expires_at = now() where workspace_id = $1 and name = 'Expiring'`, [
    space.id,
  ]);
  await vi.waitFor(
    () => expect(subscription.told.at(-1)).toMatchObject({ code: 4403, reason: 'Token has expired.' }),
    PATIENCE,
  );
  await create(space, 'Secret');
  expect(subscription.text()).not.toContain('Secret');
});

test('a rule that changes while a role listens counts from the next event', async () => {
  const space = await workspace();
  const { roleId, token } = await roleKey(space, 'Ruled');
  const objectMetadataId = await objectIdOf(space, 'company');
  const rule = async (filter: object) => {
    const rowRules = [{ objectMetadataId, filter }];
    expect((await space.rest('PUT', `/rest/metadata/roles/${roleId}/rowRules`, { rowRules })).status).toBe(200);
  };
  await rule({ employees: { lt: 1000 } });
  const streams = [
    'companyChanged { record { name } }',
    'onDbEvent(input: { objectNameSingular: "company" }) { record }',
  ].map((field) => subscribed(space, token, `subscription { ${field} }`));
  for (const stream of streams) await heard(space, stream);
  await create(space, 'Hidden by number', 5000);
  await rule({ employees: { lt: 10 } });
  await vi.waitFor(async () => {
    const { body } = await space
      .as({ Authorization: `Bearer ${token}` })
      .rest('GET', '/rest/companies?filter=employees[gte]:10');
    expect(body.totalCount).toBe(0);
  }, PATIENCE);
  await create(space, 'Hidden by the new rule', 500);
  await create(space, 'Shown', 2);
  for (const { text } of streams) {
    await vi.waitFor(() => expect(text()).toContain('Shown'), PATIENCE);
    expect(text()).not.toContain('Hidden');
  }
});

test('a workspace hears nothing of another, by whatever id it asks', async () => {
  const [own, other] = [await workspace(), await workspace()];
  const { createCompany } = await create(other, 'Theirs');
  const streams = [
    'onDbEvent(input: {}) { recordId record }',
    `onDbEvent(input: { recordId: "${createCompany.id}" }) { recordId record }`,
    `companyChanged(filter: { id: { eq: "${createCompany.id}" } }) { recordId record { name } }`,
    'companyChanged { recordId record { name } }',
  ].map((field) => subscribed(own, own.key, `subscription { ${field} }`));
  const theirs = subscribed(other, other.key, 'subscription { companyChanged { record { name } } }');
  await heard(other, theirs);
  await heard(own, streams[3] as (typeof streams)[number]);
  await other.gql(`mutation { updateCompany(id: "${createCompany.id}", data: { name: "Theirs still" }) { id } }`);
  await vi.waitFor(() => expect(theirs.text()).toContain('Theirs still'), PATIENCE);
  await create(own, 'Marker');
  await vi.waitFor(() => expect(streams[3]?.text()).toContain('Marker'), PATIENCE);
  for (const { text } of streams) expect(text()).not.toMatch(new RegExp(`Theirs|${createCompany.id}`));
});
