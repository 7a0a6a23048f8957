/** One mistake a line, each of which the generated client's types must find. */

import type { Call, Schemas } from './client.ts';

const one = (element: Schemas['CompanyGroupByInput']) => JSON.stringify([element]);

export async function mistakes(call: Call) {
  await call('get', '/wings', {});
  await call('put', '/companies', {});
  await call('get', '/companies', { query: { depth: 2 } });
  await call('get', '/companies', { query: { order: 'name' } });
  await call('get', '/companies/{id}', {});
  await call('post', '/companies', { body: { wings: 2 } });
  await call('post', '/companies', { body: { employees: 'many' } });
  await call('post', '/batch/opportunities', { body: [{ stage: 'OLD' }] });
  await call('patch', '/opportunities/{id}', { path: { id: 'x' }, body: { companyId: 3 } });
  await call('get', '/companies/groupBy', { query: { group_by: one({ wings: true }) } });
  (await call('get', '/companies', {})).data.people;
  (await call('get', '/opportunities', {})).data.opportunities[0]?.stage === 'OLD';
}
