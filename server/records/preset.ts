/**
 * Which plugins make the core GraphQL schema of a workspace: PostGraphile's reading of the database, and our API over
 * it.
 */

import { PgSimplifyInflectionPreset } from '@graphile/simplify-inflection';
import {
  defaultPreset as buildPreset,
  CommonBehaviorsPlugin,
  MutationPlugin,
  QueryPlugin,
  SubscriptionPlugin,
  TrimEmptyDescriptionsPlugin,
} from 'postgraphile/graphile-build';
import {
  defaultPreset as buildPgPreset,
  PgAttributesPlugin,
  PgBasicsPlugin,
  PgCodecsPlugin,
  PgIntrospectionPlugin,
  PgRegistryPlugin,
  PgRelationsPlugin,
  PgTablesPlugin,
} from 'postgraphile/graphile-build-pg';
import { AggregatesPlugin } from './plugins/aggregates.ts';
import { AliasesPlugin } from './plugins/aliases.ts';
import { AnswersPlugin } from './plugins/answers.ts';
import { ConnectionsPlugin } from './plugins/connections.ts';
import { DuplicatesPlugin } from './plugins/duplicates.ts';
import { FilterInputsPlugin } from './plugins/filter-inputs.ts';
import { GeneratedColumnsPlugin } from './plugins/generated-columns.ts';
import { GroupByPlugin } from './plugins/group-by.ts';
import { GroupByInputsPlugin } from './plugins/group-by-inputs.ts';
import { InputsPlugin } from './plugins/inputs.ts';
import { LeadingColumnsPlugin } from './plugins/leading-columns.ts';
import { LeanFieldsPlugin } from './plugins/lean-fields.ts';
import { MergePlugin } from './plugins/merge.ts';
import { MutationsPlugin } from './plugins/mutations.ts';
import { OmittedColumnsPlugin } from './plugins/omitted-columns.ts';
import { OrdersPlugin } from './plugins/orders.ts';
import { PrivilegesPlugin } from './plugins/privileges.ts';
import { QueriesPlugin } from './plugins/queries.ts';
import { RecordTypesPlugin } from './plugins/record-types.ts';
import { RelationsPlugin } from './plugins/relations.ts';
import { ScalarsPlugin } from './plugins/scalars.ts';
import { SearchPlugin } from './plugins/search.ts';
import { ServedObjectsPlugin } from './plugins/served-objects.ts';
import { SubscriptionsPlugin } from './plugins/subscriptions.ts';
import { UniqueIndexesPlugin } from './plugins/unique-indexes.ts';

/**
 * The preset for one schema.
 *
 * PostGraphile's own operations are not in it: the contract has other ones. Of its plugins only those are listed that
 * read the catalog into a registry (codecs, resources, relations) and that give names and types to it.
 *
 * @param introspection what `introspect` answered for the schema
 */
export function presetFor(schema: string, introspection: string): GraphileConfig.Preset {
  return {
    // What the default presets extend are their libraries; their plugins are chosen below.
    extends: [...(buildPreset.extends ?? []), ...(buildPgPreset.extends ?? []), SIMPLIFIED_INFLECTION],
    plugins: [
      // PostGraphile reads the database: codecs, resources and relations, with their names
      ...[PgBasicsPlugin, PgCodecsPlugin, PgTablesPlugin, PgRelationsPlugin, PgAttributesPlugin, PgRegistryPlugin].map(
        readingOf,
      ),
      knownIntrospection(introspection),
      UniqueIndexesPlugin,
      LeadingColumnsPlugin,
      GeneratedColumnsPlugin,
      PrivilegesPlugin,
      OmittedColumnsPlugin,
      // and has the root types.
      QueryPlugin,
      MutationPlugin,
      SubscriptionPlugin,
      CommonBehaviorsPlugin,
      TrimEmptyDescriptionsPlugin,
      LeanFieldsPlugin,
      // The API is ours
      ServedObjectsPlugin,
      ScalarsPlugin,
      RecordTypesPlugin,
      RelationsPlugin,
      ConnectionsPlugin,
      FilterInputsPlugin,
      AggregatesPlugin,
      OrdersPlugin,
      QueriesPlugin,
      DuplicatesPlugin,
      GroupByInputsPlugin,
      GroupByPlugin,
      InputsPlugin,
      MutationsPlugin,
      MergePlugin,
      SearchPlugin,
      SubscriptionsPlugin,
      AliasesPlugin, // last: it copies what the others made
      AnswersPlugin,
    ],
    pgServices: [
      {
        name: 'main',
        schemas: [schema],
        withPgClientKey: 'withPgClient',
        pgSettingsKey: 'pgSettings',
        adaptor: NO_ADAPTOR,
        adaptorSettings: {} as never,
      },
    ],
    gather: { pgIdentifiers: 'unqualified' },
    schema: { defaultBehavior: '-*', pgUseCustomNetworkScalars: false },
    grafast: { explain: false },
  } as unknown as GraphileConfig.Preset;
}

/** A plugin's names and what it gathers from the catalog, without the types and operations that it would add. */
function readingOf({ name, version, inflection, gather }: GraphileConfig.Plugin): GraphileConfig.Plugin {
  return { name, version, inflection, gather } as GraphileConfig.Plugin;
}

/** The plugin shortens names of operations too, which aren't here; without this it warns of each. */
const SIMPLIFIED_INFLECTION: GraphileConfig.Preset = {
  plugins: (PgSimplifyInflectionPreset.plugins ?? []).map((plugin) => ({
    ...plugin,
    inflection: {
      ...plugin.inflection,
      ignoreReplaceIfNotExists: Object.keys(plugin.inflection?.replace ?? {}) as never,
    },
  })),
};

/**
 * PostGraphile's introspection, given instead of asked for. Nothing else of the plugin changes. It is given once: the
 * preset lives as long as its schema, and would keep the text, 20 MB of 500 objects.
 */
function knownIntrospection(text: string): GraphileConfig.Plugin {
  let given: string | null = text;
  return {
    ...readingOf(PgIntrospectionPlugin),
    gather: {
      ...PgIntrospectionPlugin.gather,
      initialCache({ resolvedPreset }: { resolvedPreset: GraphileConfig.ResolvedPreset }) {
        const introspectionText = given;
        given = null;
        return {
          introspectionResultsPromise: Promise.resolve([
            { pgService: resolvedPreset.pgServices?.[0], introspectionText },
          ]),
          dirty: false,
        };
      },
    },
  } as GraphileConfig.Plugin;
}

/** Connections come with each request's context (`adaptor.ts`); building a schema needs none. */
const NO_ADAPTOR = {
  createWithPgClient() {
    throw new Error('A schema is built from a known introspection, without a connection');
  },
  makePgService() {
    throw new Error('Not used');
  },
};
