/** What an integration does: write, find, group, change. Type-checked against the generated client, then run. */

import type { Call, Schemas } from './client.ts';

export async function program(call: Call) {
  const { data: created } = await call('post', '/companies', {
    query: { depth: 1, upsert: true },
    body: {
      name: 'Acme',
      domainName: { primaryLinkUrl: 'acme.com' },
      annualRecurringRevenue: { amountMicros: 5_000_000 },
    },
  });
  const companyId = created.createCompany.id;
  const people: string[] = created.createCompany.people?.map(({ id }) => id) ?? [];

  const { data: batch } = await call('post', '/batch/opportunities', {
    body: [
      { name: 'First', stage: 'NEW', companyId },
      { name: 'Second', stage: 'MEETING', companyId },
      { name: 'Third', stage: 'MEETING', closeDate: '2026-03-01T00:00:00.000Z' },
    ],
  });
  const [first] = batch.createOpportunities;
  if (!first) throw new Error('nothing was created');

  const { data: updated } = await call('patch', '/opportunities/{id}', {
    path: { id: first.id },
    body: { stage: 'CUSTOMER', closeDate: null },
  });
  const stage: 'NEW' | 'SCREENING' | 'MEETING' | 'PROPOSAL' | 'CUSTOMER' | null | undefined =
    updated.updateOpportunity.stage;

  const page = await call('get', '/opportunities', {
    query: { filter: 'stage[in]:[MEETING,CUSTOMER]', order_by: 'name', limit: 2, depth: 1 },
  });
  const names = page.data.opportunities.map(({ name, company }) => `${name} of ${company?.name ?? 'nobody'}`);
  const next = page.pageInfo.hasNextPage
    ? await call('get', '/opportunities', {
        query: {
          filter: 'stage[in]:[MEETING,CUSTOMER]',
          order_by: 'name',
          limit: 2,
          ...(page.pageInfo.endCursor === null ? {} : { starting_after: page.pageInfo.endCursor }),
        },
      })
    : page;

  // Parameters that are JSON are texts; what they hold has a type of its own.
  const byStage: Schemas['OpportunityGroupByInput'][] = [{ stage: true }, { createdAt: { granularity: 'YEAR' } }];
  const largestFirst: Schemas['OpportunityOrderByWithGroupByInput'][] = [
    { aggregate: { totalCount: 'DescNullsLast' } },
  ];
  const groups = await call('get', '/opportunities/groupBy', {
    query: {
      group_by: JSON.stringify(byStage),
      aggregate: JSON.stringify(['totalCount', 'sumAmountAmountMicros']),
      order_by: JSON.stringify(largestFirst),
      filter: 'name[is]:NOT_NULL',
    },
  });
  const largest = groups[0]?.totalCount;

  const { data: deleted } = await call('delete', '/opportunities', {
    query: { filter: 'name[eq]:Third', soft_delete: true },
  });
  return {
    people,
    stage,
    largest,
    total: page.totalCount,
    names: [...names, ...next.data.opportunities.map(({ name }) => name)],
    deleted: deleted.deleteOpportunities.length,
  };
}
