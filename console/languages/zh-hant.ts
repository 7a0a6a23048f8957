/** Traditional Chinese. */

import type { Messages } from './messages.ts';
import { access } from './zh-hant/access.ts';
import { apis } from './zh-hant/apis.ts';
import { model } from './zh-hant/model.ts';
import { records } from './zh-hant/records.ts';
import { shell } from './zh-hant/shell.ts';
import { webhooks } from './zh-hant/webhooks.ts';

export const zhHant: Messages = { ...shell, ...apis, ...webhooks, ...model, ...records, ...access };
