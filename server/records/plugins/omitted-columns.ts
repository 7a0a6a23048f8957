/**
 * Tells of columns that PostGraphile leaves out, because it knows no codec for their types: they are listed, with the
 * reason.
 */

import { gatherConfig } from 'postgraphile/graphile-build';
import 'postgraphile/graphile-build-pg';
import { reasonAgainstType, type Unserved } from '../../catalog/servable.ts';

declare global {
  namespace GraphileBuild {
    interface BuildInput {
      omittedColumns?: readonly Unserved[];
    }
  }
}

export const OmittedColumnsPlugin: GraphileConfig.Plugin = {
  name: 'OmittedColumnsPlugin',
  version: '1.0.0',
  description: 'Lists the columns that have no codec',
  gather: gatherConfig({
    initialState: () => ({ withCodec: new Set<unknown>() }),
    hooks: {
      pgCodecs_attribute({ state }, { pgAttribute }) {
        state.withCodec.add(pgAttribute);
      },
    },
    async main(output, { helpers, state }) {
      const all = await helpers.pgIntrospection.getIntrospection();
      output.omittedColumns = all.flatMap(({ introspection }) =>
        introspection.attributes
          .filter((column) => !column.attisdropped && !state.withCodec.has(column))
          .map((column) => ({
            table: column.getClass()?.relname ?? '',
            column: column.attname,
            reason: reasonAgainstType(column.getType()?.typname),
          })),
      );
    },
  }),
};
