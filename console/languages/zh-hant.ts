/** Traditional Chinese. */

import type { Catalogue } from './language.ts';
import { apis } from './zh-hant/apis.ts';
import { shell } from './zh-hant/shell.ts';

export const zhHant: Catalogue = { ...shell, ...apis };
