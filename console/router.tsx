/** Every path of the console, and the page that is loaded for it. server/console.ts answers these paths with the console. */

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { queryClient } from './api/query-client.ts';
import { sessionQuery } from './api/session.ts';
import { Failure } from './shell/failure.tsx';
import { NotFound } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';
import { Waiting } from './shell/waiting.tsx';

const root = createRootRoute({ component: Outlet });

// --- Before anybody has signed in -------------------------------------------------------------------------------------

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

// --- In a workspace ---------------------------------------------------------------------------------------------------

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
    throw redirect({ to: '/settings/apis/keys' });
  },
});
const keys = createRoute({
  getParentRoute: () => inWorkspace,
  path: '/settings/apis/keys',
  component: lazyRouteComponent(() => import('./pages/apis/keys.tsx'), 'Keys'),
});

const routeTree = root.addChildren([signIn, setUp, acceptInvitation, inWorkspace.addChildren([start, keys])]);

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultErrorComponent: Failure,
  defaultNotFoundComponent: NotFound,
  defaultPendingComponent: Waiting,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

/** Only paths of this server are gone back to. */
function isOurs(path: unknown): path is string {
  return typeof path === 'string' && path.startsWith('/') && !/^\/[/\\]/.test(path);
}
