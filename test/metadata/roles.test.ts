/** Roles through both metadata APIs: what is answered, what is refused. Contract: metadata.md 1.1, 1.3, 4 */

import { describe, expect, test } from 'vitest';
import { workspace } from '../fixture.ts';
import { asRole, makeRole, objectIdOf } from '../roles.ts';

const ALL = {
  canReadAllObjectRecords: true,
  canUpdateAllObjectRecords: true,
  canSoftDeleteAllObjectRecords: true,
  canDestroyAllObjectRecords: true,
};

const ROLE = `id label description icon isEditable canBeAssignedToUsers canBeAssignedToApiKeys canBeAssignedToAgents canUpdateAllSettings
  canAccessAllTools canReadAllObjectRecords canUpdateAllObjectRecords canSoftDeleteAllObjectRecords canDestroyAllObjectRecords
  apiKeys { id name expiresAt revokedAt } permissionFlags { id roleId flag }
  objectPermissions { objectMetadataId canReadObjectRecords canUpdateObjectRecords canSoftDeleteObjectRecords canDestroyObjectRecords restrictedFields grantedFields }
  fieldPermissions { id roleId objectMetadataId fieldMetadataId canReadFieldValue canUpdateFieldValue }`;

describe('roles', () => {
  test('a role is made, changed, listed and deleted', async () => {
    const space = await workspace();
    const id = await makeRole(space, ' Sales ', { canReadAllObjectRecords: true });
    await space.metadata('mutation ($input: UpdateRoleInput!) { updateOneRole(updateRoleInput: $input) { id } }', {
      input: { id, update: { description: 'Sells', canUpdateAllObjectRecords: true } },
    });
    const { getRoles } = await space.metadata(`{ getRoles { ${ROLE} } }`);
    expect(getRoles.map(({ label }: any) => label).sort()).toEqual(['Admin', 'Member', 'Sales']);
    expect(getRoles.find((role: any) => role.id === id)).toEqual({
      id,
      label: 'Sales',
      description: 'Sells',
      icon: null,
      isEditable: true,
      canBeAssignedToUsers: true,
      canBeAssignedToApiKeys: true,
      canBeAssignedToAgents: true,
      canUpdateAllSettings: false,
      canAccessAllTools: false,
      canReadAllObjectRecords: true,
      canUpdateAllObjectRecords: true,
      canSoftDeleteAllObjectRecords: false,
      canDestroyAllObjectRecords: false,
      apiKeys: [],
      permissionFlags: [],
      objectPermissions: [],
      fieldPermissions: [],
    });
    expect(getRoles.find(({ label }: any) => label === 'Admin').apiKeys).toMatchObject([{ name: 'Default' }]);
    expect(await space.metadata('mutation ($id: UUID!) { deleteOneRole(roleId: $id) }', { id })).toEqual({
      deleteOneRole: id,
    });
    expect(await space.metadataRefused('mutation ($id: UUID!) { deleteOneRole(roleId: $id) }', { id })).toMatchObject({
      message: 'Role not found',
      extensions: { code: 'NOT_FOUND', subCode: 'ROLE_NOT_FOUND' },
    });
  });

  test('REST spells the same', async () => {
    const space = await workspace();
    const made = await space.rest('POST', '/rest/metadata/roles', { label: 'Sales', canReadAllObjectRecords: true });
    expect([made.status, made.body.label]).toEqual([201, 'Sales']);
    const path = `/rest/metadata/roles/${made.body.id}`;
    const { body: objects } = await space.rest('GET', '/rest/metadata/objects?limit=200');
    const company = objects.data.find(({ nameSingular }: any) => nameSingular === 'company');
    const employees = company.fields.find(({ name }: any) => name === 'employees');
    expect(
      await space.rest('PUT', `${path}/objectPermissions`, {
        objectPermissions: [{ objectMetadataId: company.id, canUpdateObjectRecords: true }],
      }),
    ).toMatchObject({ status: 200, body: { data: [{ canReadObjectRecords: null, canUpdateObjectRecords: true }] } });
    expect(
      await space.rest('PUT', `${path}/fieldPermissions`, {
        fieldPermissions: [{ objectMetadataId: company.id, fieldMetadataId: employees.id, canReadFieldValue: false }],
      }),
    ).toMatchObject({ status: 200, body: { data: [{ fieldMetadataId: employees.id, canReadFieldValue: false }] } });
    expect(await space.rest('PUT', `${path}/permissionFlags`, { permissionFlagKeys: ['EXPORT_CSV'] })).toMatchObject({
      status: 200,
      body: { data: [{ flag: 'EXPORT_CSV' }] },
    });
    expect(await space.rest('PATCH', path, { label: 'Vendors' })).toMatchObject({ body: { label: 'Vendors' } });
    const { body: one } = await space.rest('GET', path);
    expect(one).toMatchObject({
      label: 'Vendors',
      permissionFlags: [{ flag: 'EXPORT_CSV' }],
      objectPermissions: [
        {
          objectMetadataId: company.id,
          restrictedFields: { [employees.id]: { canRead: false, canUpdate: null } },
          grantedFields: expect.arrayContaining([employees.id]),
        },
      ],
    });
    expect((await space.rest('GET', '/rest/metadata/roles')).body.totalCount).toBe(3);
    expect((await space.rest('DELETE', path)).status).toBe(200);
    expect((await space.rest('GET', path)).status).toBe(404);
  });

  test.each([
    [
      { label: 'x', canUpdateAllObjectRecords: true },
      'CANNOT_GIVE_WRITING_PERMISSION_WITHOUT_READING_PERMISSION',
      'Cannot give writing permission without reading permission',
    ],
    [{ label: 'Member' }, 'ROLE_LABEL_ALREADY_EXISTS', 'A role with this label already exists'],
    [{ label: '  ' }, 'INVALID_ROLE_INPUT', 'Role label should not be empty'],
  ])('%j is refused', async (input, code, message) => {
    const space = await workspace();
    const error = await space.metadataRefused(
      'mutation ($input: CreateRoleInput!) { createOneRole(createRoleInput: $input) { id } }',
      { input },
    );
    expect(error.extensions).toMatchObject({
      code: 'METADATA_VALIDATION_FAILED',
      errors: { role: [{ status: 'fail', errors: [{ code, message }] }] },
    });
    const { status, body } = await space.rest('POST', '/rest/metadata/roles', input);
    expect([status, body.messages]).toEqual([400, [message]]);
  });

  test('an object is not written without being read', async () => {
    const space = await workspace();
    const role = await makeRole(space, 'x', { canReadAllObjectRecords: true, canUpdateAllObjectRecords: true });
    const { objects } = await space.metadata('{ objects(paging: { first: 1 }) { edges { node { id } } } }');
    const error = await space.metadataRefused(
      'mutation ($input: UpsertObjectPermissionsInput!) { upsertObjectPermissions(upsertObjectPermissionsInput: $input) { objectMetadataId } }',
      {
        input: {
          roleId: role,
          objectPermissions: [{ objectMetadataId: objects.edges[0].node.id, canReadObjectRecords: false }],
        },
      },
    );
    expect(error.extensions.errors.role[0].errors[0].code).toBe(
      'CANNOT_GIVE_WRITING_PERMISSION_WITHOUT_READING_PERMISSION',
    );
  });

  test('Admin cannot be changed, nor the default role or one that somebody has be deleted', async () => {
    const space = await workspace();
    const { getRoles } = await space.metadata('{ getRoles { id label } }');
    const idOf = (label: string) => getRoles.find((role: any) => role.label === label).id;
    const remove = 'mutation ($id: UUID!) { deleteOneRole(roleId: $id) }';
    expect((await space.metadataRefused(remove, { id: idOf('Admin') })).extensions.code).toBe('FORBIDDEN');
    expect((await space.metadataRefused(remove, { id: idOf('Member') })).message).toContain('default role');
    const role = await makeRole(space, 'x', {});
    await asRole(space, role);
    expect((await space.metadataRefused(remove, { id: role })).message).toContain('API keys');
    await space.metadata('mutation ($data: UpdateWorkspaceInput!) { updateWorkspace(data: $data) { id } }', {
      data: { defaultRoleId: role },
    });
    expect((await space.metadata('{ currentWorkspace { defaultRole { id } } }')).currentWorkspace.defaultRole.id).toBe(
      role,
    );
  });

  test('nobody gives more than they have', async () => {
    const space = await workspace();
    const limited = await makeRole(space, 'Clerk', { canReadAllObjectRecords: true });
    await space.rest('PUT', `/rest/metadata/roles/${limited}/permissionFlags`, { permissionFlagKeys: ['ROLES'] });
    const clerk = await asRole(space, limited);
    const make = 'mutation ($input: CreateRoleInput!) { createOneRole(createRoleInput: $input) { id } }';
    for (const more of [
      { canReadAllObjectRecords: true, canUpdateAllObjectRecords: true },
      { canUpdateAllSettings: true },
      { canAccessAllTools: true },
    ]) {
      const error = await clerk.metadataRefused(make, { input: { label: 'more', ...more } });
      expect(error.extensions).toMatchObject({ code: 'FORBIDDEN', subCode: 'PERMISSION_DENIED' });
    }
    const { createOneRole } = await clerk.metadata(make, {
      input: { label: 'as much', canReadAllObjectRecords: true },
    });
    for (const role of [limited, createOneRole.id]) {
      const { status } = await clerk.rest('PUT', `/rest/metadata/roles/${role}/permissionFlags`, {
        permissionFlagKeys: ['ROLES', 'DATA_MODEL'],
      });
      expect(status).toBe(403);
    }
    expect(
      (await clerk.metadataRefused('mutation { updateWorkspace(data: { displayName: "x" }) { id } }')).extensions.code,
    ).toBe('FORBIDDEN');
  });

  test('nobody changes or deletes a role that may do more than their own', async () => {
    const space = await workspace();
    const [member] = await space.sql(`select id from plinth.roles where workspace_id = $1 and label = 'Member'`, [
      space.id,
    ]);
    const strong = await makeRole(space, 'Strong', { ...ALL, flags: ['EXPORT_CSV', 'WORKSPACE_MEMBERS'] });
    const weak = await makeRole(space, 'Weak', {
      canReadAllObjectRecords: true,
      fields: { 'company.employees': { read: false } },
      flags: ['ROLES', 'WORKSPACE'],
    });
    const same = await makeRole(space, 'Same', {
      canReadAllObjectRecords: true,
      fields: { 'company.employees': { read: false } },
    });
    const company = await objectIdOf(space, 'company');
    const [{ id: name }] = await space.sql(`select id from plinth.fields where object_id = $1 and name = 'name'`, [
      company,
    ]);
    const who = await asRole(space, weak);
    const changes = (role: string) =>
      [
        ['PATCH', '', { label: `Renamed ${role}` }],
        ['PATCH', '', Object.fromEntries(Object.keys(ALL).map((right) => [right, false]))],
        [
          'PUT',
          '/objectPermissions',
          { objectPermissions: [{ objectMetadataId: company, canReadObjectRecords: false }] },
        ],
        [
          'PUT',
          '/fieldPermissions',
          { fieldPermissions: [{ objectMetadataId: company, fieldMetadataId: name, canReadFieldValue: false }] },
        ],
        ['PUT', '/permissionFlags', { permissionFlagKeys: [] }],
        ['PUT', '/rowRules', { rowRules: [{ objectMetadataId: company, filter: { name: { eq: 'x' } } }] }],
        ['DELETE', '', undefined],
      ] as const;
    const stateOf = () =>
      space.sql(
        `select r.*, array(select flag from plinth.permission_flags where role_id = r.id order by 1) as flags,
           (select count(*) from plinth.object_permissions where role_id = r.id) as objects,
           (select count(*) from plinth.field_permissions where role_id = r.id) as fields,
           (select count(*) from plinth.row_rules where role_id = r.id) as rules
         from plinth.roles as r where id = any ($1) order by id`,
        [[member.id, strong]],
      );
    const before = await stateOf();
    for (const role of [member.id, strong])
      for (const [method, path, body] of changes(role)) {
        const { status, body: refused } = await who.rest(method, `/rest/metadata/roles/${role}${path}`, body);
        expect([method, path, status, refused.messages?.[0]]).toEqual([
          method,
          path,
          403,
          expect.stringContaining('Nobody changes a role that may do more'),
        ]);
      }
    // New members would have less.
    expect((await who.rest('PATCH', '/rest/metadata/workspace', { defaultRoleId: same })).status).toBe(403);
    expect(await stateOf()).toEqual(before);
    const path = `/rest/metadata/roles/${same}`;
    expect((await who.rest('PATCH', path, { label: 'Other', canReadAllObjectRecords: false })).status).toBe(200);
    expect((await who.rest('DELETE', path)).status).toBe(200);
  });
});
