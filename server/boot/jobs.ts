/** Background work, by graphile-worker: the list of its tasks, and a worker in each server process. */

import { setTimeout as wait } from 'node:timers/promises';
import { type Runner, run, type TaskList, Logger as WorkerLogger } from 'graphile-worker';
import type { Logger } from 'pino';
import type { Database } from '../../db/pool.ts';
import { forgetOldAudits } from '../access/audit.ts';
import { forgetExpired } from '../access/sessions.ts';
import { forgetFullBuckets } from '../access/token-buckets.ts';
import { forgetOldUsage } from '../access/usage.ts';
import { reviveModelJobs, runModelJob } from '../changes/jobs.ts';
import { type DeliverySettings, deliverWebhook } from '../events/deliver.ts';
import { forgetListeners, forgetOldEvents } from '../events/forget.ts';
import { openTargets } from '../events/target.ts';
import type { Settings } from '../settings.ts';

export type Jobs = { stop(): Promise<void> };

// Of a workspace's jobs one is done at a time; each is the work of one backend of PostgreSQL.
const CONCURRENCY = 4;

// Webhooks that are delivered to at a time: one whose receiver hangs takes such a place for 5 s, and then rests.
const DELIVERIES = 8;

// How soon a job that failed is looked at again, and what a dead worker left behind; new jobs are told of at once.
const POLL_MS = 2_000;
const EVERY_MINUTE = '* * * * *';
const EVERY_HOUR = '7 * * * *';
const CRONTAB = `
${EVERY_MINUTE} revive_model_jobs
${EVERY_HOUR} forget_expired
${EVERY_MINUTE} forget_listeners
${EVERY_HOUR} forget_full_buckets
${EVERY_HOUR} forget_old_audits
${EVERY_HOUR} forget_old_usage
${EVERY_HOUR} forget_old_events
`;

// Without a database there is no work; it is asked for again after this.
const RETRY_MS = 2_000;

// What takes longer than this to stop is cut off; the next worker begins it again.
const GRACE_MS = 2_000;

export type JobsOptions = {
  readonly database: Database;
  readonly log: Logger;
  readonly settings: DeliverySettings &
    Pick<Settings, 'auditRetentionDays' | 'usageRetentionDays' | 'eventRetentionHours'>;
};

/** Works until stopped, whatever becomes of the database meanwhile. */
export function openJobs({ database, log, settings }: JobsOptions): Jobs {
  const {
    auditRetentionDays,
    usageRetentionDays,
    eventRetentionHours,
    allowPrivateWebhookTargets: mayBePrivate,
  } = settings;
  const stopping = new AbortController();
  const leaving = new AbortController();
  const targets = openTargets({ mayBePrivate });
  const runners = new Set<Runner>();

  async function keepRunning(concurrency: number, taskList: TaskList, crontab = ''): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await reviveModelJobs(database);
        const runner = await run({
          connectionString: database.url,
          concurrency,
          maxPoolSize: concurrency,
          pollInterval: POLL_MS,
          noHandleSignals: true,
          taskList,
          crontab,
          logger: workerLogger(log),
        });
        runners.add(runner);
        if (stopping.signal.aborted) await runner.stop();
        await runner.promise.finally(() => runners.delete(runner));
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error }, 'background work stopped; it begins again');
      }
      await wait(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  // Each list its own worker: changes of big tables keep no delivery waiting, nor receivers that hang an index.
  const running = Promise.all([
    keepRunning(
      CONCURRENCY,
      {
        model_job: (payload) => runModelJob(database, (payload as { id: string }).id, stopping.signal),
        revive_model_jobs: () => reviveModelJobs(database),
        forget_expired: () => forgetExpired(database),
        forget_full_buckets: () => forgetFullBuckets(database),
        forget_old_audits: () =>
          auditRetentionDays === null ? undefined : forgetOldAudits(database, auditRetentionDays),
        forget_old_usage: () =>
          usageRetentionDays === null ? undefined : forgetOldUsage(database, usageRetentionDays),
        forget_listeners: () => forgetListeners(database),
        forget_old_events: () => forgetOldEvents(database, eventRetentionHours),
      },
      CRONTAB,
    ),
    keepRunning(DELIVERIES, {
      deliver_webhook: async (payload) => {
        const { id } = payload as { id: string };
        await deliverWebhook(id, { database, targets, settings, signal: leaving.signal }).catch((error) => {
          log.warn({ err: error, webhook: id }, 'deliveries wait; the feed calls for them again');
        });
      },
    }),
  ]);
  return {
    async stop() {
      leaving.abort();
      const cut = setTimeout(() => stopping.abort(), GRACE_MS);
      await Promise.all([...runners].map((runner) => runner.stop().catch(() => undefined))); // it stopped by itself already
      clearTimeout(cut);
      stopping.abort();
      await running;
      await targets.destroy();
    },
  };
}

/** Its lines among ours; what it says of each job is for debugging. */
function workerLogger(log: Logger): WorkerLogger {
  return new WorkerLogger(() => (level, message) => {
    if (level === 'error') log.error(message);
    else if (level === 'warning') log.warn(message);
    else log.debug(message);
  });
}
