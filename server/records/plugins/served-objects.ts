/**
 * Puts the objects that a schema holds on PostGraphile's build: every plugin below goes through them, none through
 * names of its own.
 */

import 'postgraphile';
import type { Unserved } from '../../catalog/servable.ts';
import type { ServedObject } from '../../catalog/served.ts';
import { type Table, tableNameOf } from '../../catalog/table.ts';
import { formerObjects, inflectedNames, toModel } from '../../catalog/to-model.ts';
import type { Model } from '../../model/model.ts';
import { upperFirst } from '../../model/names.ts';
import { typeNames as typeNamesOf } from '../../model/type-names.ts';

declare global {
  namespace GraphileBuild {
    interface Build {
      /** Active objects only; then those that had other names before, under these. */
      servedObjects: readonly ServedObject[];
      servedModel: Model;
      unserved: readonly Unserved[];
      servedByTable: ReadonlyMap<unknown, ServedObject>;
    }
  }
}

export const ServedObjectsPlugin: GraphileConfig.Plugin = {
  name: 'ServedObjectsPlugin',
  version: '1.0.0',
  description: 'Reads the model from the catalog, and names the record types after it',
  inflection: {
    replace: {
      tableType(previous, _preset, codec) {
        const singular = codec.extensions?.tags?.singular;
        return typeof singular === 'string' ? upperFirst(singular) : (previous?.(codec) ?? codec.name);
      },
    },
  },
  schema: {
    hooks: {
      build: {
        provides: ['servedObjects'],
        after: ['default'],
        callback(build) {
          const registry = build.input.pgRegistry;
          const tables = (Object.values(registry.pgResources) as unknown as Table[]).filter(
            (table) => table.codec.attributes && !table.parameters && !table.isVirtual,
          );
          const { model, served, unserved } = toModel(
            tables,
            inflectedNames(build.inflection, registry),
            build.input.omittedColumns ?? [],
          );
          const active = served.filter(({ object }) => object.isActive);
          const names = new Set(model.objects.flatMap(({ nameSingular, namePlural }) => [nameSingular, namePlural]));
          const former = active
            .flatMap(formerObjects)
            .filter(({ object }) => !names.has(object.nameSingular) && !names.has(object.namePlural));
          return build.extend(
            build,
            {
              unserved,
              servedModel: { objects: [...model.objects, ...former.map(({ object }) => object)] },
              servedObjects: [...active, ...former],
              servedByTable: new Map(active.map((each) => [each.table, each])),
            },
            'ServedObjectsPlugin adds the served objects',
          );
        },
      },
      GraphQLSchema(config, build) {
        return build.extend(
          config,
          {
            extensions: {
              ...config.extensions,
              plinth: {
                build,
                model: build.servedModel,
                unserved: build.unserved,
                byTable: new Map(
                  [...build.servedByTable.values()].map((served) => [tableNameOf(served.table), served]),
                ),
              },
            },
          },
          'The model',
        );
      },
    },
  },
};

/** GraphQL types of a served object. */
export function typeNames({ object }: ServedObject) {
  return typeNamesOf(object);
}
