/** English. */

import { access } from './en/access.ts';
import { apis } from './en/apis.ts';
import { model } from './en/model.ts';
import { records } from './en/records.ts';
import { shell } from './en/shell.ts';
import { webhooks } from './en/webhooks.ts';

export const en = { ...shell, ...apis, ...webhooks, ...model, ...records, ...access };
