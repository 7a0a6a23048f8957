/** The pages of the navigation, in its order. */

import { IconKey } from '../parts/icons.ts';

export const SECTIONS = [
  {
    title: 'sections.apis',
    pages: [{ to: '/settings/apis/keys', label: 'pages.apis', Icon: IconKey }],
  },
] as const;
