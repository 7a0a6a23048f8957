/** Marks generated columns as PostGraphile marks identities: they are read, never written. */

import 'postgraphile/graphile-build-pg';

export const GeneratedColumnsPlugin: GraphileConfig.Plugin = {
  name: 'GeneratedColumnsPlugin',
  version: '1.0.0',
  description: 'Generated columns cannot be inserted or updated',
  gather: {
    hooks: {
      pgCodecs_attribute(_info, { pgAttribute, attribute }) {
        if (!pgAttribute.attgenerated) return;
        attribute.extensions = { ...attribute.extensions, isInsertable: false, isUpdatable: false };
      },
    },
  },
};
