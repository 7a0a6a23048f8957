/** All paths of the console and the pages loaded for them. server/http/console.ts serves the console at these paths. */

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { isShown, objectsQuery } from './api/model.ts';
import { queryClient } from './api/query-client.ts';
import { sessionQuery } from './api/session.ts';
import { ErrorPage } from './shell/error-page.tsx';
import { Loading } from './shell/loading.tsx';
import { NotFound } from './shell/not-found.tsx';
import { OptionalShell } from './shell/optional-shell.tsx';
import { Shell } from './shell/shell.tsx';

const root = createRootRoute({ component: Outlet });

// --- Before sign-in -------------------------------------------------------------------------------------------------

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: ({ to }: { to?: unknown }): { to?: string } => (isOurs(to) ? { to } : {}),
  component: lazyRouteComponent(() => import('./pages/sign-in.tsx'), 'SignIn'),
});
const setUp = createRoute({
  getParentRoute: () => root,
  path: '/set-up',
  component: lazyRouteComponent(() => import('./pages/set-up.tsx'), 'SetUp'),
});
const acceptInvitation = createRoute({
  getParentRoute: () => root,
  path: '/accept-invitation',
  component: lazyRouteComponent(() => import('./pages/accept-invitation.tsx'), 'AcceptInvitation'),
});

// --- In a workspace -------------------------------------------------------------------------------------------------

const inWorkspace = createRoute({
  getParentRoute: () => root,
  id: 'workspace',
  component: Shell,
  beforeLoad: async ({ location }) => {
    const { user, isSetUp } = await queryClient.ensureQueryData(sessionQuery);
    if (user) return;
    if (!isSetUp) throw redirect({ to: '/set-up' });
    throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { to: location.href } });
  },
});
const start = createRoute({
  getParentRoute: () => inWorkspace,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/records' });
  },
});
const apis = createRoute({
  getParentRoute: () => inWorkspace,
  path: '/settings/apis',
  beforeLoad: ({ location }) => {
    if (location.pathname === '/settings/apis') throw redirect({ to: '/settings/apis/keys' });
  },
});
const whichApi = createRoute({
  getParentRoute: () => inWorkspace,
  path: '/which-api',
  component: lazyRouteComponent(() => import('./pages/api-guide/api-guide.tsx'), 'ApiGuide'),
});
const keys = createRoute({
  getParentRoute: () => apis,
  path: '/keys',
  component: lazyRouteComponent(() => import('./pages/apis/keys.tsx'), 'Keys'),
});
const usage = createRoute({
  getParentRoute: () => apis,
  path: '/usage',
  component: lazyRouteComponent(() => import('./pages/apis/usage.tsx'), 'Usage'),
});

const webhooks = createRoute({
  getParentRoute: () => apis,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('./pages/webhooks/webhooks.tsx'), 'Webhooks'),
});
const webhook = createRoute({
  getParentRoute: () => apis,
  path: '/webhooks/$id',
  component: lazyRouteComponent(() => import('./pages/webhooks/webhook-page.tsx'), 'WebhookPage'),
});

const model = createRoute({ getParentRoute: () => inWorkspace, path: '/settings/data-model' });
const objects = createRoute({
  getParentRoute: () => model,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/model/objects.tsx'), 'Objects'),
});
const diagram = createRoute({
  getParentRoute: () => model,
  path: '/diagram',
  component: lazyRouteComponent(() => import('./pages/model/diagram.tsx'), 'Diagram'),
});
const modelAsCode = createRoute({
  getParentRoute: () => model,
  path: '/code',
  component: lazyRouteComponent(() => import('./pages/model/model-as-code.tsx'), 'ModelAsCode'),
});
const drift = createRoute({
  getParentRoute: () => model,
  path: '/drift',
  component: lazyRouteComponent(() => import('./pages/model/drift.tsx'), 'DriftPage'),
});
const object = createRoute({
  getParentRoute: () => model,
  path: '/objects/$name',
  component: lazyRouteComponent(() => import('./pages/model/object-page.tsx'), 'ObjectPage'),
});

const recordsStart = createRoute({
  getParentRoute: () => inWorkspace,
  path: '/records',
  // No redirect if the person has left this page while it was loading.
  loader: async ({ abortController: { signal } }) => {
    const { workspaces } = await queryClient.ensureQueryData(sessionQuery);
    if (workspaces.length === 0) return;
    const shown = (await queryClient.ensureQueryData(objectsQuery)).filter(isShown);
    const first = shown.find(({ namePlural }) => namePlural === 'companies') ?? shown[0];
    if (first && !signal.aborted) throw redirect({ to: '/records/$plural', params: { plural: first.namePlural } });
  },
  component: lazyRouteComponent(() => import('./pages/records/no-objects.tsx'), 'NoObjects'),
});
const records = createRoute({
  getParentRoute: () => inWorkspace,
  path: '/records/$plural',
  component: lazyRouteComponent(() => import('./pages/records/records-page.tsx'), 'RecordsPage'),
});
const workspace = createRoute({
  getParentRoute: () => inWorkspace,
  path: '/settings/workspace',
  component: lazyRouteComponent(() => import('./pages/workspace/workspace-page.tsx'), 'WorkspacePage'),
});
const members = createRoute({
  getParentRoute: () => inWorkspace,
  path: '/settings/members',
  component: lazyRouteComponent(() => import('./pages/members/members.tsx'), 'Members'),
});
const roles = createRoute({
  getParentRoute: () => inWorkspace,
  path: '/settings/roles',
  component: lazyRouteComponent(() => import('./pages/roles/roles.tsx'), 'Roles'),
});
const role = createRoute({
  getParentRoute: () => inWorkspace,
  path: '/settings/roles/$id',
  component: lazyRouteComponent(() => import('./pages/roles/role-page.tsx'), 'RolePage'),
});
const auditLog = createRoute({
  getParentRoute: () => inWorkspace,
  path: '/settings/audit-log',
  component: lazyRouteComponent(() => import('./pages/audit-log.tsx'), 'AuditLog'),
});

// --- With an API key ------------------------------------------------------------------------------------------------

const behindKey = createRoute({ getParentRoute: () => root, id: 'key', component: OptionalShell });
const docs = createRoute({
  getParentRoute: () => behindKey,
  path: '/docs',
  component: lazyRouteComponent(() => import('./pages/api-explorer/docs.tsx'), 'CoreDocs'),
});
const metadataDocs = createRoute({
  getParentRoute: () => behindKey,
  path: '/docs/metadata',
  component: lazyRouteComponent(() => import('./pages/api-explorer/docs.tsx'), 'MetadataDocs'),
});
const playground = createRoute({
  getParentRoute: () => behindKey,
  path: '/playground',
  component: lazyRouteComponent(() => import('./pages/api-explorer/playground.tsx'), 'CorePlayground'),
});
const metadataPlayground = createRoute({
  getParentRoute: () => behindKey,
  path: '/playground/metadata',
  component: lazyRouteComponent(() => import('./pages/api-explorer/playground.tsx'), 'MetadataPlayground'),
});

const routeTree = root.addChildren([
  signIn,
  setUp,
  acceptInvitation,
  inWorkspace.addChildren([
    start,
    apis.addChildren([keys, usage, webhooks, webhook]),
    whichApi,
    model.addChildren([objects, diagram, modelAsCode, drift, object]),
    recordsStart,
    records,
    workspace,
    members,
    roles,
    role,
    auditLog,
  ]),
  behindKey.addChildren([docs, metadataDocs, playground, metadataPlayground]),
]);

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultErrorComponent: ErrorPage,
  defaultNotFoundComponent: NotFound,
  defaultPendingComponent: Loading,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

/** Only redirects to paths of this server are followed. */
function isOurs(path: unknown): path is string {
  return typeof path === 'string' && path.startsWith('/') && !/^\/[/\\]/.test(path);
}
