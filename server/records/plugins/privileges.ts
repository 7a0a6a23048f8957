/** Notes what the role that a schema is served to may write; what it may not read isn't there at all (`catalog/introspection.ts`). */

import 'postgraphile/graphile-build-pg';

export const PrivilegesPlugin: GraphileConfig.Plugin = {
  name: 'PrivilegesPlugin',
  version: '1.0.0',
  description: 'Notes the columns and tables that the role may not write',
  gather: {
    hooks: {
      pgCodecs_attribute(_info, { pgAttribute, attribute }) {
        const { mayInsert, mayUpdate } = pgAttribute as unknown as Record<string, boolean>;
        if (mayInsert && mayUpdate) return;
        attribute.extensions = { ...attribute.extensions, mayInsert, mayUpdate } as never;
      },
      pgTables_PgResourceOptions(_info, { pgClass, resourceOptions }) {
        const { mayDelete, mayMerge } = pgClass as unknown as Record<string, boolean>;
        if (mayDelete && mayMerge) return;
        resourceOptions.extensions = { ...resourceOptions.extensions, mayDelete, mayMerge } as never;
      },
    },
  },
};
