/** The core OpenAPI document: complete, and without what is inactive. */

import { describe, expect, test } from 'vitest';
import { coreDocument } from '../../openapi/core.ts';
import { operationsOf } from '../../openapi/operations.ts';
import { crm } from './crm.ts';

const options = { publicUrl: 'https://plinth.test', maxRecords: 60 };
const document = coreDocument(crm, options);
const { schemas } = document.components as { schemas: Record<string, any> };

describe('the document', () => {
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
      'get /companies/groupBy groupByCompanies',
      'post /companies/duplicates findCompanyDuplicates',
      'patch /companies/merge mergeManyCompanies',
      'get /companies/export exportManyCompanies',
      'get /companies/changes watchManyCompanies',
      'post /companies/import importManyCompanies',
      'get /companies/import findImportOfCompanies',
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
    // In an update, null empties a field.
    expect(schemas.CompanyForUpdate.properties.stage).toEqual({
      type: ['string', 'null'],
      enum: ['NEW', 'CUSTOMER', null],
    });
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
    expect(Object.keys(properties.createdBy.properties)).toEqual(['source', 'workspaceMemberId', 'name', 'context']);
    expect(properties.searchVector).toBeUndefined();
    expect(schemas.PersonForResponse.properties.company).toEqual({
      oneOf: [{ $ref: '#/components/schemas/CompanyForResponse' }, { type: 'null' }],
    });
    // A morph relation shows as its join column.
    expect(Object.keys(schemas.NoteTargetForResponse.properties)).toContain('targetCompanyId');
    expect(schemas.NoteTargetForResponse.properties.targetCompany).toBeUndefined();
  });
});
