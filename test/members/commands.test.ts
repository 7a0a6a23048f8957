/** People from the command line, which is the way back in. Contract: docs/members.md. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, inject, test } from 'vitest';
import { resetPassword } from '../../server/access/passwords.ts';
import { givenRole, invitedMember, listedMembers } from '../../server/cli/members.ts';
import { server, workspace } from '../fixture.ts';
import { browser } from './browser.ts';
import { somebody } from './people.ts';

const ROOT = join(import.meta.dirname, '..', '..');

let own: Awaited<ReturnType<typeof workspace>>;
beforeAll(async () => {
  own = await workspace();
});

async function plinth(...args: string[]): Promise<string> {
  const environment = { ...process.env, DATABASE_URL: inject('databaseUrl'), PUBLIC_URL: 'https://plinth.example' };
  const { stdout } = await promisify(execFile)(join(ROOT, 'scripts', 'plinth'), args, { env: environment });
  return stdout;
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) as string;

test('the command line lets somebody in, and gives them a new password', { timeout: 60_000 }, async () => {
  const email = `${own.name}@example.com`;
  const link = lastLine(await plinth('member', 'invite', own.name, email, '--role', 'Admin'));
  expect(link).toMatch(/^https:\/\/plinth\.example\/accept-invitation#[\w-]{43}$/);
  const person = { token: link.split('#')[1], name: 'Barbara Liskov', password: 'substitution' };
  const first = browser(own.url);
  expect((await first.post('/auth/accept-invitation', person)).body.workspaces[0].role.label).toBe('Admin');

  const password = lastLine(await plinth('member', 'reset-password', email));
  expect((await first.get('/auth/context')).body.user).toBeNull();
  expect((await first.signIn(email, person.password)).status).toBe(401);
  expect((await first.signIn(email, password)).status).toBe(200);
});

test('what it does is refused where it must be, and in the audit log', async () => {
  const { database } = await server();
  const { name } = own;
  const admin = await somebody([own], { role: 'Admin', name: 'Barbara Liskov' });
  expect(await listedMembers(database, name)).toMatch(
    new RegExp(`^${admin.email} +Admin +${admin.memberIds[0]}  Barbara Liskov\n`, 'm'),
  );
  const asked = { workspace: name, email: admin.email.toUpperCase(), role: undefined, publicUrl: 'http://plinth.test' };
  await expect(invitedMember(database, asked)).rejects.toThrow(/already; .*plinth member role/);
  await expect(givenRole(database, name, admin.email, 'Queen')).rejects.toThrow('There is no role "Queen"');
  await expect(givenRole(database, name, 'nobody@example.com', 'Member')).rejects.toThrow(/is not in/);
  await expect(resetPassword(database, 'nobody@example.com')).rejects.toThrow(/^Nobody has/);

  const alone = await workspace();
  const last = await somebody([alone], { role: 'Admin' });
  await expect(givenRole(database, alone.name, last.email, 'Member')).rejects.toThrow(/^This is the last Admin/);
  await somebody([alone], { role: 'Admin' });
  await givenRole(database, alone.name, last.email, 'Member');
  expect(await listedMembers(database, alone.name)).toMatch(new RegExp(`^${last.email} +Member `, 'm'));
  await resetPassword(database, last.email);
  const log = await alone.metadata(
    '{ auditLogs(paging: { first: 2 }) { edges { node { action actorType subjectId } } } }',
  );
  expect(log.auditLogs.edges.map(({ node }: { node: object }) => node)).toEqual([
    { action: 'member.password_reset', actorType: 'COMMAND_LINE', subjectId: last.memberIds[0] },
    { action: 'member.role_changed', actorType: 'COMMAND_LINE', subjectId: last.memberIds[0] },
  ]);
});
