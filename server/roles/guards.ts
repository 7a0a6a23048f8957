/**
 * Drift of what guards records: grants of Plinth's roles, and the row security that their rules are, where somebody
 * changed them by hand. It can be restored. The model has no word for it, so that it cannot be adopted: what a role may
 * do is said by its permissions.
 */

import type { Client } from '../../db/client.ts';
import { sql } from '../../db/sql.ts';
import { leaveSchema } from '../catalog/held.ts';
import { compare } from '../ddl/compare.ts';
import { grantDrift } from '../ddl/grants.ts';
import { EVERYBODY, type Guard, planRestoredGuard, type State } from '../ddl/policies.ts';
import type { Shape } from '../ddl/shape.ts';
import type { Statement } from '../ddl/statement.ts';
import type { Model } from '../model/model.ts';
import type { Facts } from '../store/facts.ts';
import { grantings, grantingsOf } from '../store/handmade.ts';
import { existingRoles, type StoredRole } from '../store/roles.ts';
import { type Changing, settleRoles } from './grants.ts';
import { PARSED, placedRules } from './policies.ts';

/**
 * A grant, a policy or row security that differs. It is only restored: the permissions of roles say what it must be.
 */
export type GuardDrift = {
  readonly place: string;
  readonly what: 'grant' | 'policy' | 'row security';
  readonly kind: 'missing' | 'added' | 'changed';
  readonly table: string;
  readonly name: string;
  readonly expected: string;
  readonly actual: string | null;
  readonly adopt: null;
  readonly whyNotAdopted: string;
  readonly restore: string;
};

/** @param shape of the tables as they are */
export async function guardDrift(client: Client, facts: Facts, model: Model, shape: Shape): Promise<GuardDrift[]> {
  const changing = { before: model, after: model, shapes: { before: shape, after: shape } };
  const all = await grantings(client, facts, model, shape);
  const places = new Map(all.map(({ object, table }) => [table, object.nameSingular]));
  const placeOf = (table: string) => places.get(table) ?? table;
  const ofGrants = (await settleRoles(client, facts, changing, true)).flatMap(({ role, current, target }) =>
    grantDrift(current, target).map(
      (drift): GuardDrift => ({
        place: placeOf(drift.table),
        what: 'grant',
        ...drift,
        name: role,
        adopt: null,
        whyNotAdopted: `What ${role} may do is said by the permissions of its role: change those`,
        restore: RESTORED[drift.kind](role, drift),
      }),
    ),
  );
  const ofRules = (await guards(client, facts, changing)).flatMap((guard) => driftOf(guard, placeOf(guard.table)));
  return [...ofGrants, ...ofRules];
}

type Drifted = { readonly expected: string; readonly actual: string | null };

const RESTORED = {
  missing: (role: string, { expected }: Drifted) => `grant ${role} ${expected} again`,
  added: (role: string, { actual }: Drifted) => `revoke ${actual} from ${role}`,
  changed: (role: string, { expected, actual }: Drifted) => `grant ${role} ${expected} instead of ${actual}`,
} as const;

/** Makes the row security of rules what it was. */
export async function guardStatements(client: Client, facts: Facts, changing: Changing): Promise<Statement[]> {
  return (await guards(client, facts, changing)).flatMap(planRestoredGuard);
}

// The catalog --------------------------------------------------------------------------------------------------------

type CatalogPolicy = {
  readonly name: string;
  readonly isPermissive: boolean;
  readonly command: string;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
  readonly parsed: string;
};
type Security = { readonly table: string; readonly isEnabled: boolean; readonly policies: readonly CatalogPolicy[] };

/** A rule, and in which words a policy says it now. */
type Rule = Guard['rules'][number] & { readonly actual: string | null };
type Found = Omit<Guard, 'rules'> & { readonly rules: readonly Rule[]; readonly everybodyIs: string | null };

/**
 * The rules of roles by their tables, under the names that these have after the change; those that it makes have none
 * of it yet.
 */
async function guards(client: Client, facts: Facts, { before, after, shapes }: Changing): Promise<Found[]> {
  const roles = existingRoles(facts.roles).filter(({ rules }) => rules.length > 0);
  if (roles.length === 0) return [];
  const was = await grantings(client, facts, before, shapes.before);
  const modelled = new Set(before.objects.map(({ id }) => id));
  const now = [
    ...grantingsOf(after, shapes.after),
    ...was.filter(({ object }) => object.origin === 'database' && !modelled.has(object.id)),
  ];
  const tables = new Map(was.map(({ object, table }) => [object.id, table]));
  const security = await securityOf(client, facts.schema, [...tables.values()]);
  const made = new Set(compare(shapes.before, shapes.after).tables.come.map(({ name }) => name));
  const placed = Map.groupBy(placedRules(roles, now), ({ table }) => table);
  return [...placed].map(([table, rules]) => {
    const [first] = rules;
    const own = made.has(table) ? undefined : security.get(tables.get(first?.objectId ?? '') ?? '');
    const policyNamed = (name: string) => own?.policies.find((policy) => policy.name === name);
    const everybody = policyNamed(EVERYBODY);
    const isOpen = own?.policies.some(({ isPermissive }) => isPermissive) ?? false;
    return {
      table,
      isEnabled: own?.isEnabled ?? false,
      everybody: everybody ? stateOfEverybody(everybody) : isOpen ? 'there' : 'missing',
      everybodyIs: everybody ? inWords(everybody) : null,
      rules: rules.flatMap(({ roleId, roleName, objectId }) => {
        const rule = ruleOf(roles, roleId, objectId);
        const policy = policyNamed(roleName);
        if (rule?.condition == null) return []; // older than that this is kept: nobody knows what it was
        return {
          role: roleName,
          condition: rule.condition,
          state: policy ? stateOfRule(policy, roleName, rule) : 'missing',
          actual: policy ? inWords(policy) : null,
        };
      }),
    };
  });
}

function ruleOf(
  roles: readonly StoredRole[],
  roleId: string,
  objectId: string,
): StoredRole['rules'][number] | undefined {
  return roles.find(({ id }) => id === roleId)?.rules.find((rule) => rule.objectId === objectId);
}

async function securityOf(client: Client, schema: string, tables: readonly string[]): Promise<Map<string, Security>> {
  const rows = await client.rows<Security>(sql`
    with path as materialized (select set_config('search_path', quote_ident(${sql.value(schema)}) || ', pg_temp', true))
    select c.relname::text as table, c.relrowsecurity as "isEnabled",
      (select coalesce(json_agg(json_build_object(
          'name', p.polname, 'isPermissive', p.polpermissive, 'command', p.polcmd,
          'roles', array(select case role when 0 then 'public' else pg_get_userbyid(role)::text end
            from unnest(p.polroles) as role),
          'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid), 'parsed',
          ${PARSED})), '[]')
        from pg_catalog.pg_policy as p where p.polrelid = c.oid) as policies
    from path, pg_catalog.pg_class as c
    where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${sql.value(schema)})
      and c.relname = any (${sql.value(tables as string[])}) and c.relkind in ('r', 'p')`);
  await leaveSchema(client);
  return new Map(rows.map((row) => [row.table, row]));
}

function stateOfEverybody({ isPermissive, command, roles, using, check }: CatalogPolicy): State {
  const isOurs = isPermissive && command === '*' && roles.join() === 'public' && using === 'true' && check === 'true';
  return isOurs ? 'there' : 'changed';
}

/** Known by its parse tree, which renames leave as it is; or by its words, which a dump does. */
function stateOfRule(
  { isPermissive, command, roles, using, check, parsed }: CatalogPolicy,
  role: string,
  rule: StoredRole['rules'][number],
): State {
  const isSame = parsed === rule.parsed || (using === rule.condition && check === rule.condition);
  return isSame && !isPermissive && command === '*' && roles.join() === role ? 'there' : 'changed';
}

const COMMANDS: Readonly<Record<string, string>> = { r: 'select', a: 'insert', w: 'update', d: 'delete', '*': 'all' };

function inWords({ isPermissive, command, roles, using, check }: Omit<CatalogPolicy, 'name' | 'parsed'>): string {
  return [
    `as ${isPermissive ? 'permissive' : 'restrictive'} for ${COMMANDS[command]} to ${roles.join(', ')}`,
    ...(using === null ? [] : [`using (${using})`]),
    ...(check === null || check === using ? [] : [`with check (${check})`]),
  ].join(' ');
}

// Drift --------------------------------------------------------------------------------------------------------------

const OF_RULES = 'Which records a role is limited to is said by its rules: change those';

function driftOf({ table, isEnabled, everybody, everybodyIs, rules }: Found, place: string): GuardDrift[] {
  const about = { place, table, adopt: null, whyNotAdopted: OF_RULES };
  const policy = (name: string, expected: string, actual: string | null): GuardDrift => ({
    ...about,
    what: 'policy',
    kind: actual === null ? 'missing' : 'changed',
    name,
    expected,
    actual,
    restore: `make the policy ${name} of ${table} again`,
  });
  const wanted = { isPermissive: false, command: '*' };
  return [
    ...(isEnabled
      ? []
      : [
          {
            ...about,
            what: 'row security' as const,
            kind: 'changed' as const,
            name: table,
            expected: 'on',
            actual: 'off',
            restore: `switch the row security of ${table} on again`,
          },
        ]),
    ...(everybody === 'there'
      ? []
      : [
          policy(
            EVERYBODY,
            inWords({ isPermissive: true, command: '*', roles: ['public'], using: 'true', check: 'true' }),
            everybodyIs,
          ),
        ]),
    ...rules
      .filter(({ state }) => state !== 'there')
      .map(({ role, condition, actual }) =>
        policy(role, inWords({ ...wanted, roles: [role], using: condition, check: condition }), actual),
      ),
  ];
}
