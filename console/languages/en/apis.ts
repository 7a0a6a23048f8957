/** Keys, webhooks, documentation and playground. */

export const apis = {
  apis: {
    about:
      'Everything in this workspace is served over REST and GraphQL. Keys let programs in; webhooks tell them what changed.',
    keys: 'API keys',
    webhooks: 'Webhooks',
  },
  keys: {
    create: 'Create key',
    emptyTitle: 'No API keys yet',
    emptyAbout: 'A key lets a program use the APIs of this workspace, with the rights of the role that you give it.',
    name: 'Name',
    namePlaceholder: 'What will use it',
    role: 'Role',
    roleAbout: 'What the key may read and change.',
    expiry: 'Expires',
    expiryIn: { days30: 'In 30 days', days90: 'In 90 days', year1: 'In a year', years10: 'In 10 years' },
    created: 'Created',
    lastUsed: 'Last used',
    expired: 'Expired',
    revoke: 'Revoke',
    revokeNamed: 'Revoke {{name}}',
    revokeTitle: 'Revoke this key?',
    revokeAbout: 'Programs that use “{{name}}” are refused from now on. This cannot be undone.',
    tokenTitle: 'Your new key',
    tokenAbout: 'Copy it now: it is shown this once, and cannot be shown again.',
    tokenLabel: 'Token',
    tokenNext: 'It is filled in already where you try the APIs, until you reload this page.',
    openDocs: 'Open the documentation',
    openPlayground: 'Open the playground',
    newToken: 'New token',
    newTokenNamed: 'New token for {{name}}',
    newTokenAbout: 'One more token for this key. Those that there are go on working.',
  },
};
