/**
 * Notes what the role that a schema is served to may write, and what it sees in part; what it may not read isn't there
 * at all (`catalog/introspection.ts`).
 */

import 'postgraphile/graphile-build-pg';

export const PrivilegesPlugin: GraphileConfig.Plugin = {
  name: 'PrivilegesPlugin',
  version: '1.0.0',
  description: 'Notes the columns and tables that the role may not write, or sees in part',
  gather: {
    hooks: {
      pgCodecs_attribute(_info, { pgAttribute, attribute }) {
        const { mayInsert, mayUpdate, refersUnseen } = pgAttribute as unknown as Record<string, boolean>;
        if (mayInsert && mayUpdate && !refersUnseen) return;
        attribute.extensions = { ...attribute.extensions, mayInsert, mayUpdate, refersUnseen } as never;
      },
      pgTables_PgResourceOptions(_info, { pgClass, resourceOptions }) {
        const { mayDelete, mayMerge, isLimited } = pgClass as unknown as Record<string, boolean>;
        if (mayDelete && mayMerge && !isLimited) return;
        resourceOptions.extensions = { ...resourceOptions.extensions, mayDelete, mayMerge, isLimited } as never;
      },
    },
  },
};
