/** The core OpenAPI document: valid, complete, and without what is inactive. */

import { OpenAPIBackend } from 'openapi-backend';
import { describe, expect, test } from 'vitest';
import { coreDocument } from '../../openapi/core.ts';
import { operationsOf } from '../../openapi/operations.ts';
import { crm } from './crm.ts';

const options = { publicUrl: 'https://plinth.test' };
const document = coreDocument(crm, options);
const { schemas } = document.components as { schemas: Record<string, any> };

describe('the document', () => {
  test.each([
    ['of a workspace', document],
    ['without a key', coreDocument(null, options)],
  ])('%s is valid', async (_name, definition) => {
    // Strict: throws for what the schema of OpenAPI doesn't allow, and for references to nothing. The schema is that of 3.0,
    // which has no webhooks; they are path items, so they are looked at as such.
    const { webhooks = {}, ...rest } = structuredClone(definition);
    const events = Object.entries(webhooks).map(([name, item]) => [`/${name}`, item]);
    const checked: any = { ...rest, paths: { ...rest.paths, ...Object.fromEntries(events) } };
    const backend = new OpenAPIBackend({ definition: checked, strict: true, validate: false });
    await backend.init();
    expect(backend.router.getOperations().length).toBeGreaterThan(0);
  });

  test('without a key is a skeleton', () => {
    const skeleton = coreDocument(null, options);
    expect(Object.keys(skeleton)).toEqual([
      'openapi',
      'info',
      'servers',
      'security',
      'paths',
      'components',
      'externalDocs',
    ]);
    expect(Object.keys(skeleton.paths)).toEqual(['/open-api/core']);
    expect(Object.keys(skeleton.components)).toEqual(['securitySchemes']);
    expect(skeleton.servers[0]?.url).toBe('https://plinth.test/rest/');
    expect(skeleton.openapi).toBe('3.1.1');
  });

  test('has the operations of each active object, by the ids that clients know', () => {
    const ids = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => `${method} ${path} ${operation.operationId}`),
    );
    expect(ids.filter((id) => id.includes('/companies'))).toEqual([
      'get /companies findManyCompanies',
      'post /companies createOneCompany',
      'delete /companies deleteManyCompanies',
      'patch /companies updateManyCompanies',
      'post /batch/companies createManyCompanies',
      'get /companies/{id} findOneCompany',
      'delete /companies/{id} deleteOneCompany',
      'patch /companies/{id} UpdateOneCompany',
      'patch /companies/{id}/restore restoreOneCompany',
      'patch /companies/restore restoreManyCompanies',
      'patch /restore/companies/{id} restoreOneCompanyDeprecated',
      'patch /restore/companies restoreManyCompaniesDeprecated',
      'post /companies/duplicates findCompanyDuplicates',
      'patch /companies/merge mergeManyCompanies',
    ]);
    const unique = new Set(
      crm.objects
        .filter(({ isActive }) => isActive)
        .flatMap(operationsOf)
        .map(({ operationId }) => operationId),
    );
    expect(ids.length).toBe(unique.size + 1);
    expect(document.tags?.map(({ name }) => name)).toEqual(['General', 'companies', 'noteTargets', 'people']);
    expect(JSON.stringify(document)).not.toMatch(/ghost(?!Id)/i);
  });

  test('describes what a create takes', () => {
    const { required, properties, example } = schemas.Company;
    expect(required).toEqual(['name']);
    expect(Object.keys(properties)).toEqual([
      'name',
      'domainName',
      'employees',
      'floors',
      'revenue',
      'isTarget',
      'stage',
      'industries',
      'tags',
      'extra',
      'foundedOn',
      'position',
      'createdBy',
    ]);
    expect(properties.stage).toEqual({ type: 'string', enum: ['NEW', 'CUSTOMER'] });
    expect(Object.keys(properties.createdBy.properties)).toEqual(['source']);
    expect(Object.keys(example)).toEqual(Object.keys(properties));
    expect(schemas.CompanyForUpdate.required).toBeUndefined();
    expect(schemas.Person.properties.companyId).toEqual({ type: 'string', format: 'uuid' });
    expect(schemas.Person.properties.company).toBeUndefined();
  });

  test('describes what comes back', () => {
    const { properties, example } = schemas.CompanyForResponse;
    expect(example).toBeUndefined();
    expect(properties.id).toEqual({ type: 'string', format: 'uuid' });
    expect(properties.people).toEqual({ type: 'array', items: { $ref: '#/components/schemas/PersonForResponse' } });
    expect(Object.keys(properties.createdBy.properties)).toEqual(['source', 'workspaceMemberId', 'name']);
    expect(properties.searchVector).toBeUndefined();
    expect(schemas.PersonForResponse.properties.company).toEqual({
      type: 'object',
      oneOf: [{ $ref: '#/components/schemas/CompanyForResponse' }],
    });
    // A morph relation shows as its join column.
    expect(Object.keys(schemas.NoteTargetForResponse.properties)).toContain('targetCompanyId');
    expect(schemas.NoteTargetForResponse.properties.targetCompany).toBeUndefined();
  });
});
