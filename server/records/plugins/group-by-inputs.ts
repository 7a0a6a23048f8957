/**
 * Adds the inputs that say by what records are grouped, and how groups are ordered:
 *
 *   input OpportunityGroupByInput { stage: Boolean, amount: CurrencyGroupByInput, closeDate: GroupByDateGranularityInput, company: CompanyGroupByInput }
 *   input OpportunityOrderByWithGroupByInput { aggregate: OpportunityOrderByWithGroupByAggregateInput, stage: OrderByDirection,
 *     amount: CurrencyOrderByInput, closeDate: OrderByDateGranularityInput, company: CompanyOrderByWithGroupByInput }
 *
 * Contract: core.md 2.4, 2.6, 2.13.
 */

import { columnsFor, type ServedObject } from '../../catalog/served.ts';
import { aggregatesOf } from '../../model/aggregates.ts';
import { FIELD_TYPES } from '../../model/field-types/index.ts';
import { type Column, type Field, joinName } from '../../model/model.ts';
import { DEFAULT_GRANULARITY, GRANULARITIES, WEEK_STARTS } from '../buckets.ts';
import type { InputConfig } from './field-config.ts';
import { targetOf } from './orders.ts';
import { scalarOf } from './record-types.ts';
import { typeNames } from './served-objects.ts';

export const GroupByInputsPlugin: GraphileConfig.Plugin = {
  name: 'GroupByInputsPlugin',
  version: '1.0.0',
  description: 'Adds the inputs of group-by',
  schema: {
    hooks: {
      init(_, build) {
        registerDateInputs(build);
        for (const { composite, parts } of Object.values(FIELD_TYPES)) {
          if (composite)
            registerInput(
              build,
              `${composite}GroupByInput`,
              parts.map(({ name }) => [name as string, () => build.graphql.GraphQLBoolean]),
            );
        }
        for (const served of build.servedObjects) registerObjectInputs(build, served);
        return _;
      },
    },
  },
};

/** What one name of a group-by input stands for. */
export type Groupable = { readonly name: string; readonly field: Field } & (
  | { readonly kind: 'column' | 'date'; readonly column: Column }
  | { readonly kind: 'composite'; readonly composite: string; readonly columns: readonly Column[] }
  | { readonly kind: 'relation'; readonly target: ServedObject }
);

/**
 * All that an object's records can be grouped by. A many-to-one relation is two: its join column, and what it points
 * at.
 */
export function groupablesOf(build: GraphileBuild.Build, served: ServedObject): Groupable[] {
  return served.fields.flatMap((field): Groupable[] => {
    const { composite, isGroupable = true } = FIELD_TYPES[field.type];
    const columns = columnsFor(served, field);
    const [column] = columns;
    if (!isGroupable || !column) return [];
    if (composite) return [{ kind: 'composite', name: field.name, field, composite, columns }];
    if (field.relation) {
      const target = targetOf(build, served, field.name);
      const join: Groupable = { kind: 'column', name: joinName(field), field, column };
      return target ? [join, { kind: 'relation', name: field.name, field, target }] : [join];
    }
    const scalar = scalarOf(field, column);
    return [{ kind: scalar === 'Date' || scalar === 'DateTime' ? 'date' : 'column', name: field.name, field, column }];
  });
}

function registerDateInputs(build: GraphileBuild.Build): void {
  const { GraphQLString } = build.graphql;
  const typed = (name: string) => () => build.getInputTypeByName(name);
  for (const [name, values, description] of [
    [
      'DateGranularityEnum',
      GRANULARITIES,
      `How long the buckets are that dates are put in; ${DEFAULT_GRANULARITY} unless given.`,
    ],
    ['FirstDayOfTheWeek', WEEK_STARTS, 'The day with which weeks begin.'],
  ] as const) {
    const enumValues = Object.fromEntries(values.map((value) => [value, { value }]));
    build.registerEnumType(name, {}, () => ({ description, values: enumValues }), `GroupByInputsPlugin adds ${name}`);
  }
  registerInput(build, 'GroupByDateGranularityInput', [
    ['granularity', typed('DateGranularityEnum')],
    ['weekStartDay', typed('FirstDayOfTheWeek')],
    ['timeZone', () => GraphQLString],
  ]);
  registerInput(build, 'OrderByDateGranularityInput', [
    ['orderBy', typed('OrderByDirection')],
    ['granularity', typed('DateGranularityEnum')],
  ]);
}

function registerObjectInputs(build: GraphileBuild.Build, served: ServedObject): void {
  const names = typeNames(served);
  const typed = (name: string) => () => build.getInputTypeByName(name);
  const groupables = groupablesOf(build, served);
  registerInput(
    build,
    names.groupByInput,
    groupables.map((each) => [each.name, () => groupingType(build, each)]),
  );
  registerInput(build, names.orderByWithGroupByInput, [
    ...groupables.map((each): Typed => [each.name, () => orderingType(build, each)]),
    // The last of one name counts: a field called `aggregate` can be grouped by, and not ordered by.
    ['aggregate', typed(names.orderByWithGroupByAggregateInput)],
  ]);
  registerInput(
    build,
    names.orderByWithGroupByAggregateInput,
    aggregatesOf(served.object).map(({ name }) => [name, typed('OrderByDirection')]),
  );
}

function groupingType(build: GraphileBuild.Build, groupable: Groupable) {
  switch (groupable.kind) {
    case 'column':
      return build.graphql.GraphQLBoolean;
    case 'date':
      return build.getInputTypeByName('GroupByDateGranularityInput');
    case 'composite':
      return build.getInputTypeByName(`${groupable.composite}GroupByInput`);
    case 'relation':
      return build.getInputTypeByName(typeNames(groupable.target).groupByInput);
  }
}

function orderingType(build: GraphileBuild.Build, groupable: Groupable) {
  switch (groupable.kind) {
    case 'column':
      return build.getInputTypeByName('OrderByDirection');
    case 'date':
      return build.getInputTypeByName('OrderByDateGranularityInput');
    case 'composite':
      return build.getInputTypeByName(`${groupable.composite}OrderByInput`);
    case 'relation':
      return build.getInputTypeByName(typeNames(groupable.target).orderByWithGroupByInput);
  }
}

type Typed = readonly [name: string, type: () => InputConfig['type']];

function registerInput(build: GraphileBuild.Build, name: string, fields: readonly Typed[]): void {
  build.registerInputObjectType(
    name,
    {},
    () => ({ fields: () => Object.fromEntries(fields.map(([field, type]) => [field, { type: type() }])) }),
    `GroupByInputsPlugin adds ${name}`,
  );
}
