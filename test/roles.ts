/** Roles for tests: made through the metadata API, as an owner would, and a way in as one. */

import { createKey } from '../server/access/keys.ts';
import { server, type workspace } from './fixture.ts';

export type Workspace = Awaited<ReturnType<typeof workspace>>;

export type Permissions = {
  readonly [setting: string]: unknown;
  /** By the names of objects: read, update, softDelete, destroy. */
  readonly objects?: Readonly<Record<string, Partial<Record<'read' | 'update' | 'softDelete' | 'destroy', boolean>>>>;
  /** By `object.field`. */
  readonly fields?: Readonly<Record<string, Partial<Record<'read' | 'update', boolean>>>>;
  readonly flags?: readonly string[];
};

type ObjectView = { id: string; nameSingular: string; fields: { id: string; name: string }[] };

async function objectsOf(space: Workspace): Promise<Map<string, ObjectView>> {
  const { body } = await space.rest('GET', '/rest/metadata/objects?limit=200');
  return new Map(body.data.map((object: ObjectView) => [object.nameSingular, object]));
}

export async function objectIdOf(space: Workspace, name: string): Promise<string> {
  return (await objectsOf(space)).get(name)?.id as string;
}

/** @returns its id */
export async function makeRole(space: Workspace, label: string, { objects, fields, flags, ...all }: Permissions) {
  const role = await asked(space, 'POST', '/rest/metadata/roles', { label, ...all });
  await permit(space, role.id, { ...(objects && { objects }), ...(fields && { fields }), ...(flags && { flags }) });
  return role.id as string;
}

/** More, or less, for a role that there is. */
export async function permit(space: Workspace, roleId: string, { objects = {}, fields = {}, flags }: Permissions) {
  const known = await objectsOf(space);
  const path = `/rest/metadata/roles/${roleId}`;
  const objectId = (name: string) => known.get(name)?.id;
  if (Object.keys(objects).length > 0)
    await asked(space, 'PUT', `${path}/objectPermissions`, {
      objectPermissions: Object.entries(objects).map(([name, { read, update, softDelete, destroy }]) => ({
        objectMetadataId: objectId(name),
        canReadObjectRecords: read,
        canUpdateObjectRecords: update,
        canSoftDeleteObjectRecords: softDelete,
        canDestroyObjectRecords: destroy,
      })),
    });
  if (Object.keys(fields).length > 0)
    await asked(space, 'PUT', `${path}/fieldPermissions`, {
      fieldPermissions: Object.entries(fields).map(([name, { read, update }]) => {
        const [object = '', field] = name.split('.');
        return {
          objectMetadataId: objectId(object),
          fieldMetadataId: known.get(object)?.fields.find((each) => each.name === field)?.id,
          canReadFieldValue: read,
          canUpdateFieldValue: update,
        };
      }),
    });
  if (flags) await asked(space, 'PUT', `${path}/permissionFlags`, { permissionFlagKeys: flags });
}

async function asked(space: Workspace, method: string, path: string, body: object): Promise<any> {
  const answer = await space.rest(method, path, body);
  if (answer.status >= 300)
    throw new Error(`${method} ${path} ${JSON.stringify(body)} → ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** The APIs, with a key of a role. */
export async function asRole(space: Workspace, roleId: string) {
  const { database } = await server();
  const { token } = await database.asOwner((client) => createKey(client, space.id, 'of a role', { roleId }));
  return space.as({ Authorization: `Bearer ${token}` });
}
