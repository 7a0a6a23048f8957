/**
 * Adds what can be subscribed to, in types alone: how events reach whoever subscribes is `server/events/subscribe.ts`.
 *
 *   onDbEvent(input: OnDbEventInput!): OnDbEvent         of any object, the record as JSON
 *   companyChanged(filter: CompanyFilterInput): CompanyChange   of one, the record as it is now, as selected
 *
 * Contract: decisions.md (subscriptions).
 */

import type { GraphQLInputType, GraphQLNullableType } from 'postgraphile/grafast/graphql';
import type { ServedObject } from '../../catalog/served.ts';
import type { LeafType } from './field-config.ts';
import { typeNames } from './served-objects.ts';

const ACTIONS = ['CREATED', 'UPDATED', 'DELETED', 'RESTORED', 'DESTROYED'];

/** Names of what is subscribed to of an object: `companyChanged`. */
export function subscriptionName({ object }: ServedObject): string {
  return `${object.nameSingular}Changed`;
}

export const SubscriptionsPlugin: GraphileConfig.Plugin = {
  name: 'SubscriptionsPlugin',
  version: '1.0.0',
  description: 'Adds onDbEvent, and for each object a subscription to its changes',
  schema: {
    hooks: {
      init(_, build) {
        const { GraphQLNonNull, GraphQLString, GraphQLList, GraphQLID } = build.graphql;
        const required = (type: LeafType) => new GraphQLNonNull(type);
        const named = (name: string) => build.getTypeByName(name) as LeafType;
        const why = 'SubscriptionsPlugin adds events';
        build.registerEnumType(
          'DatabaseEventAction',
          {},
          () => ({ values: Object.fromEntries(ACTIONS.map((name) => [name, { value: name.toLowerCase() }])) }),
          why,
        );
        build.registerInputObjectType(
          'OnDbEventInput',
          {},
          () => ({
            description: 'Which events: all, where nothing is said',
            fields: () => ({
              action: { type: named('DatabaseEventAction') },
              objectNameSingular: { type: GraphQLString },
              recordId: { type: GraphQLID },
            }),
          }),
          why,
        );
        const event = () => ({
          action: { type: required(named('DatabaseEventAction')) },
          eventDate: { type: required(named('DateTime')) },
          recordId: { type: required(GraphQLID) },
          updatedFields: { type: new GraphQLList(required(GraphQLString)) },
        });
        build.registerObjectType(
          'OnDbEvent',
          {},
          () => ({
            fields: () => ({
              ...event(),
              objectNameSingular: { type: required(GraphQLString) },
              record: {
                type: required(named('JSON')),
                description: 'As it was after the change; before it, when destroyed',
              },
            }),
          }),
          why,
        );
        for (const served of build.servedObjects.filter(({ object }) => object.formerNameOf === undefined))
          build.registerObjectType(
            typeNames(served).change,
            {},
            () => ({
              fields: () => ({
                ...event(),
                record: {
                  type: build.getOutputTypeByName(typeNames(served).record),
                  description: 'As it is now; null when it is gone',
                },
              }),
            }),
            why,
          );
        return _;
      },
      GraphQLObjectType_fields(fields, build, { scope: { isRootSubscription } }) {
        if (!isRootSubscription) return fields;
        const { GraphQLNonNull } = build.graphql;
        const own = build.servedObjects
          .filter(({ object }) => object.formerNameOf === undefined)
          .map((served) => [
            subscriptionName(served),
            {
              type: build.getOutputTypeByName(typeNames(served).change),
              args: { filter: { type: build.getInputTypeByName(typeNames(served).filterInput) } },
            },
          ]);
        const anyEvent = {
          type: build.getOutputTypeByName('OnDbEvent'),
          args: {
            input: {
              type: new GraphQLNonNull(
                build.getInputTypeByName('OnDbEventInput') as GraphQLNullableType & GraphQLInputType,
              ),
            },
          },
        };
        return build.extend(
          fields,
          { onDbEvent: anyEvent, ...Object.fromEntries(own) },
          'SubscriptionsPlugin adds the subscriptions',
        );
      },
    },
  },
};
