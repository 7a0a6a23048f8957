/** Hears of model changes: by other server processes (NOTIFY) and, where event triggers tell of DDL, by hand. */

import type { Logger } from 'pino';
import { listen } from '../../db/listen.ts';
import type { Database } from '../../db/pool.ts';

/** Channel of NOTIFY; the payload is the name of the schema that changed. */
export const MODEL_CHANNEL = 'plinth_model';

/** In place of a name: rights were granted, and nobody says in which schema. */
export const ANY_SCHEMA = '*';

export type Watch = {
  /** Are there event triggers, and a connection that hears them? Else whoever keeps models must look by himself. */
  seesChangesByHand(): boolean;
  stop(): Promise<void>;
};

export type WatchOptions = {
  readonly database: Pick<Database, 'url'>;
  readonly log: Logger;
  readonly onChange: (schema: string) => void;
  /** Changes may have been missed: for a while nobody told of them, or nobody heard. */
  readonly onGap: () => void;
};

// Are both event triggers there, and enabled? Only then does a change by hand make itself heard; before they came, or
// when they went, one may have slipped through. Asked every second, so that such changes are served within 5 s in any
// case.
const HAS_TRIGGERS = `
  select count(*) = 2 as "hasTriggers"
  from pg_catalog.pg_event_trigger
  where evtname in ('plinth_ddl', 'plinth_drop') and evtenabled in ('O', 'A')`;

/** Listens until stopped; a lost connection is opened again, and everything known before counts as unknown. */
export async function watchModels({ database, log, onChange, onGap }: WatchOptions): Promise<Watch> {
  const { answer, stop } = await listen<{ hasTriggers: boolean }>({
    url: database.url,
    channel: MODEL_CHANNEL,
    application: 'plinth watch',
    question: HAS_TRIGGERS,
    log,
    onNotify: onChange,
    onGap,
    isSame: (a, b) => a.hasTriggers === b.hasTriggers,
  });
  return { seesChangesByHand: () => answer()?.hasTriggers === true, stop };
}
