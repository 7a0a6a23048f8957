/**
 * A GraphQL schema whose types have their fields made when somebody asks for them. A request is about a few objects,
 * and a model has hundreds: making all of their fields takes seconds, and memory that hardly anybody uses. What needs
 * all of it gets all of it: introspection, the schema as text, and names that aren't there, for which others are
 * suggested.
 */

import {
  assertValidSchema,
  GraphQLEnumType,
  type GraphQLNamedType,
  GraphQLSchema,
  type GraphQLSchemaConfig,
  specifiedScalarTypes,
} from 'postgraphile/grafast/graphql';
import { buildInflection, gather, getBuilder, type SchemaBuilder } from 'postgraphile/graphile-build';

export type LazilyBuilt = {
  readonly schema: GraphQLSchema;
  readonly resolvedPreset: GraphileConfig.ResolvedPreset;
};

/** The same as graphile-build's `makeSchema`, lazily. */
export async function makeLazySchema(preset: GraphileConfig.Preset): Promise<LazilyBuilt> {
  const inflection = buildInflection(preset);
  const builder = getBuilder(preset, inflection);
  const { resolvedPreset } = builder;
  const input = await gather(resolvedPreset, { inflection });
  builder.hook('build', (build) =>
    Object.assign(build, { getTypeByName: lazyTypes(builder, build as GraphileBuild.Build) }),
  );
  const build = builder.initBuild(builder.createBuild(input));
  const config = builder.applyHooks('GraphQLSchema', { directives: [...build.graphql.specifiedDirectives] }, build, {
    type: 'GraphQLSchema',
    scope: {},
  });
  return { schema: new LazySchema(config, build.getTypeByName), resolvedPreset };
}

/** graphile-build's own looks whether a type has fields, and so makes those of all that are reached from it. */
function lazyTypes(builder: SchemaBuilder, build: GraphileBuild.Build): GraphileBuild.Build['getTypeByName'] {
  const made = new Map<string, GraphQLNamedType | undefined>(specifiedScalarTypes.map((type) => [type.name, type]));
  return (name) => {
    if (made.has(name)) return made.get(name);
    const registered = build.getTypeMetaByName(name);
    if (!registered) return undefined;
    const { Constructor, scope, specGenerator } = registered;
    const spec = { ...specGenerator(), name };
    const type: GraphQLNamedType = builder.newWithHooks(build, Constructor as never, spec as never, scope as never);
    const isEmpty = type instanceof GraphQLEnumType && type.getValues().length === 0;
    made.set(name, isEmpty ? undefined : type);
    return made.get(name);
  };
}

class LazySchema extends GraphQLSchema {
  readonly #config: GraphQLSchemaConfig;
  readonly #typeNamed: (name: string) => GraphQLNamedType | null | undefined;
  #whole: GraphQLSchema | undefined;

  constructor(config: GraphQLSchemaConfig, typeNamed: (name: string) => GraphQLNamedType | null | undefined) {
    // GraphQL's own types; what is ours is validated when it is whole.
    super({ extensions: config.extensions ?? {}, directives: config.directives ?? [], assumeValid: true });
    this.#config = config;
    this.#typeNamed = typeNamed;
  }

  override getQueryType() {
    return this.#config.query;
  }

  override getMutationType() {
    return this.#config.mutation;
  }

  override getSubscriptionType() {
    return this.#config.subscription;
  }

  override getType(name: string) {
    return super.getTypeMap()[name] ?? this.#typeNamed(name) ?? undefined;
  }

  override getTypeMap() {
    return this.#all().getTypeMap();
  }

  override getPossibleTypes(type: Parameters<GraphQLSchema['getPossibleTypes']>[0]) {
    return this.#all().getPossibleTypes(type);
  }

  override getImplementations(type: Parameters<GraphQLSchema['getImplementations']>[0]) {
    return this.#all().getImplementations(type);
  }

  override isSubType(...types: Parameters<GraphQLSchema['isSubType']>) {
    return this.#all().isSubType(...types);
  }

  override toConfig() {
    return this.#all().toConfig();
  }

  #all(): GraphQLSchema {
    if (!this.#whole) {
      const whole = new GraphQLSchema(this.#config);
      assertValidSchema(whole);
      this.#whole = whole;
    }
    return this.#whole;
  }
}
