/** English. */

import { apis } from './en/apis.ts';
import { shell } from './en/shell.ts';

export const en = { ...shell, ...apis };
