/** Changes of the model while a big table is used: what takes time is a job's, and nobody waits for it. */

import pg from 'pg';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { reviveModelJobs } from '../../server/changes/jobs.ts';
import { server, workspace } from '../fixture.ts';

const ROWS = 12_000; // some 12 MB, with their long streets
const CREATE_FIELD =
  'mutation ($field: CreateFieldInput!) { createOneField(input: { field: $field }) { id name isUnique } }';
const UPDATE_FIELD =
  'mutation ($id: UUID!, $update: UpdateFieldInput!) { updateOneField(input: { id: $id, update: $update }) { id isUnique } }';
const JOBS = '{ modelJobs { kind name state attempts error } }';

let space: Awaited<ReturnType<typeof workspace>>;
let company: string;
beforeAll(async () => {
  space = await workspace();
  const { objects } = await space.metadata(
    '{ objects(paging: { first: 100 }) { edges { node { id nameSingular } } } }',
  );
  company = objects.edges.find(({ node }: any) => node.nameSingular === 'company').node.id;
  await space.sql(
    `insert into companies (name, address_address_street1, domain_name_primary_link_url, employees, position)
     select 'Company ' || i, repeat('x', 900), i || '.example', i % 100, i from generate_series(1, ${ROWS}) as i`,
  );
});

async function createField(field: object): Promise<{ id: string }> {
  return (await space.metadata(CREATE_FIELD, { field: { objectMetadataId: company, ...field } })).createOneField;
}

/** The jobs, once none of them is waiting or running. */
async function whenDone(): Promise<any[]> {
  for (;;) {
    const { modelJobs } = await space.metadata(JOBS);
    if (modelJobs.every(({ state }: any) => state === 'done' || state === 'failed')) return modelJobs;
    await new Promise((settle) => setTimeout(settle, 50));
  }
}

/** What the connections do of jobs that were begun, if only to wait for their turn. */
async function jobsAtWork(): Promise<string[]> {
  const rows = await space.sql(
    `select connection.state
     from plinth.model_jobs as job
     join pg_locks as held on held.locktype = 'advisory' and held.granted
       and (held.classid::bigint << 32 | held.objid::bigint) = hashtextextended(job.id::text, 0)
     join pg_stat_activity as connection on connection.pid = held.pid
     where job.workspace_id = $1
     order by connection.state`,
    [space.id],
  );
  return rows.map(({ state }) => state);
}

async function isWhole(index: string): Promise<boolean | undefined> {
  const [row] = await space.sql('select indisvalid as whole from pg_index where indexrelid = to_regclass($1)', [index]);
  return row?.whole;
}

describe('of a big table', () => {
  test('a relation has its column at once, its index and the proof of its rows soon', async () => {
    await createField({
      type: 'RELATION',
      name: 'parent',
      label: 'Parent',
      relationCreationPayload: { type: 'MANY_TO_ONE', targetObjectMetadataId: company, targetFieldLabel: 'Children' },
    });
    await space.gql('{ companies(first: 1) { edges { node { parent { name } children { totalCount } } } } }');
    const jobs = await whenDone();
    expect(jobs.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual(['make done', 'validate done']);
    expect(await isWhole('companies_parent_id_idx')).toBe(true);
    expect(
      await space.sql("select convalidated from pg_constraint where conname = 'companies_parent_id_fkey'"),
    ).toEqual([{ convalidated: true }]);
  });

  test('a default that is another for each row is filled in', async () => {
    await createField({ type: 'UUID', name: 'ticket', label: 'Ticket', defaultValue: 'uuid', isNullable: false });
    await whenDone();
    expect(await space.sql('select count(distinct ticket)::int as tickets from companies')).toEqual([
      { tickets: ROWS },
    ]);
    const { createCompany } = await space.gql('mutation { createCompany(data: { name: "New" }) { id ticket } }');
    expect(createCompany.ticket).toMatch(/^[0-9a-f-]{36}$/);
    await space.gql(`mutation { destroyCompany(id: "${createCompany.id}") { id } }`);
    expect(
      await space.sql(
        "select attnotnull from pg_attribute where attrelid = 'companies'::regclass and attname = 'ticket'",
      ),
    ).toEqual([{ attnotnull: true }]);
  });

  test('a unique field is made over an index, under which upserts match', async () => {
    const field = await createField({ type: 'NUMBER', name: 'code', label: 'Code', settings: { dataType: 'int' } });
    await space.sql('update companies set code = position::int');
    await space.metadata(UPDATE_FIELD, { id: field.id, update: { isUnique: true } });
    await whenDone();
    const upsert = 'mutation { createCompany(data: { code: 7, name: "Seven" }, upsert: true) { position name } }';
    expect((await space.gql(upsert)).createCompany).toEqual({ position: 7, name: 'Seven' });
  });

  test('an index that was asked for is made beside the traffic', async () => {
    const field = await createField({ type: 'TEXT', name: 'region', label: 'Region' });
    await space.metadata('mutation ($index: CreateIndexInput!) { createOneIndex(input: { index: $index }) { name } }', {
      index: { objectMetadataId: company, fieldMetadataIds: [field.id] },
    });
    expect((await whenDone())[0]).toMatchObject({ kind: 'make', name: 'companies_region_idx', state: 'done' });
    expect(await isWhole('companies_region_idx')).toBe(true);
  });

  test('jobs that wait for their turn keep neither an index from its end nor those of others from a worker', async () => {
    const other = await workspace();
    const ids = [];
    for (const name of ['city', 'street', 'square', 'house', 'floor'])
      ids.push((await createField({ type: 'TEXT', name, label: name })).id);
    const earlier = (await whenDone()).length;
    const holder = new pg.Client({ connectionString: inject('databaseUrl') });
    await holder.connect();
    try {
      await holder.query(`begin; update "${space.schema}".companies set position = position where position < 3`);
      for (const id of ids)
        await space.metadata(
          'mutation ($index: CreateIndexInput!) { createOneIndex(input: { index: $index }) { id } }',
          {
            index: { objectMetadataId: company, fieldMetadataIds: [id] },
          },
        );
      // A statement that waited would be waited for by the index, and one of the two be cancelled as a deadlock.
      await expect.poll(jobsAtWork, { timeout: 20_000 }).toEqual(['active']);
      // There are four places for all workspaces.
      await other.sql(
        `with job as (insert into plinth.model_jobs (workspace_id, kind, table_key, key, name)
          values ($1, 'make', 'x', 'x', 'x') returning id)
         select graphile_worker.add_job('model_job', json_build_object('id', id)) from job`,
        [other.id],
      );
      const state = async () =>
        (await other.sql('select state from plinth.model_jobs where workspace_id = $1', [other.id]))[0].state;
      await expect.poll(state, { timeout: 20_000 }).toBe('done');
      expect(await jobsAtWork()).toEqual(['active']);
      await holder.query('commit');
    } finally {
      await holder.end();
    }
    const jobs = (await whenDone()).slice(0, -earlier);
    expect(jobs.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(Array.from(ids, () => 'done 1'));
  });

  test('records that do not allow it are found before anything is changed', async () => {
    const field = await createField({ type: 'TEXT', name: 'tag', label: 'Tag' });
    await space.sql("update companies set tag = 'same' where position < 3");
    const refused = await space.metadataRefused(UPDATE_FIELD, { id: field.id, update: { isUnique: true } });
    expect(refused).toMatchObject({ extensions: { code: 'METADATA_VALIDATION_FAILED' } });
    expect(refused.message).toMatch(/records have the same value where each must have its own/);
  });

  test('what records written meanwhile do not allow is taken back out of the model, and says why', async () => {
    const field = await createField({ type: 'TEXT', name: 'badge', label: 'Badge' });
    const holder = new pg.Client({ connectionString: inject('databaseUrl') });
    await holder.connect();
    // An index is made when those who were writing before it have finished.
    try {
      await holder.query(`begin; update "${space.schema}".companies set badge = 'same' where position < 3`);
      await space.metadata(UPDATE_FIELD, { id: field.id, update: { isUnique: true } });
      await holder.query('commit');
    } finally {
      await holder.end();
    }
    const failed = (await whenDone()).filter(({ state }) => state === 'failed');
    expect(failed).toMatchObject([
      { name: 'companies_badge_key', error: 'Records have the same value where each must have its own' },
    ]);
    expect(await isWhole('companies_badge_key')).toBeUndefined();
    const { field: now } = await space.metadata(`{ field(id: "${field.id}") { isUnique } }`);
    expect(now.isUnique).toBe(false);
  });

  test('what a worker that died left behind is done by another', async () => {
    const other = await createField({ type: 'TEXT', name: 'shelf', label: 'Shelf' });
    await space.sql('update companies set shelf = position::text');
    await space.metadata(UPDATE_FIELD, { id: other.id, update: { isUnique: true } });
    await whenDone();
    // As if it had been cut off: an index that is not whole, and a job that says it is running.
    await space.sql('alter table companies drop constraint companies_shelf_key');
    await space.sql("update companies set shelf = '1' where position = 2");
    await expect(
      space.sql('create unique index concurrently companies_shelf_key on companies (shelf)'),
    ).rejects.toThrow();
    expect(await isWhole('companies_shelf_key')).toBe(false);
    await space.sql("update companies set shelf = '2' where position = 2");
    await space.sql("update plinth.model_jobs set state = 'running' where name = 'companies_shelf_key'");
    await reviveModelJobs((await server()).database);
    expect((await whenDone()).find(({ name }) => name === 'companies_shelf_key')).toMatchObject({ state: 'done' });
    expect(await isWhole('companies_shelf_key')).toBe(true);
  });

  test('a change gives up on a table that somebody keeps, and says so; nobody waits behind it for long', async () => {
    const holder = new pg.Client({ connectionString: inject('databaseUrl') });
    await holder.connect();
    try {
      await holder.query(`begin; lock table "${space.schema}".companies in access share mode`);
      let slowestMs = 0;
      let isOver = false;
      const reading = (async () => {
        while (!isOver) {
          const began = performance.now();
          await space.gql('{ companies(first: 1) { edges { node { id } } } }');
          slowestMs = Math.max(slowestMs, performance.now() - began);
        }
      })();
      const refused = await space.metadataRefused(CREATE_FIELD, {
        field: { objectMetadataId: company, type: 'TEXT', name: 'late', label: 'Late' },
      });
      isOver = true;
      await reading;
      expect(refused).toMatchObject({ extensions: { code: 'CONFLICT', subCode: 'MODEL_BUSY' } });
      expect(refused.message).toMatch(/busy; nothing was changed/);
      expect(slowestMs).toBeLessThan(2_000); // the change goes on for 2.5 s; 200 ms of it at a time are waited for
    } finally {
      await holder.end();
    }
    await createField({ type: 'TEXT', name: 'late', label: 'Late' });
  });
});
