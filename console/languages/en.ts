/** English. */

import { apis } from './en/apis.ts';
import { model } from './en/model.ts';
import { shell } from './en/shell.ts';
import { webhooks } from './en/webhooks.ts';

export const en = { ...shell, ...apis, ...webhooks, ...model };
