/**
 * One attempt of a delivery: signed for both kinds of receivers, bounded in time and size. Contract: metadata.md 5;
 * decisions.md (webhook delivery)
 */

import { createHmac, randomBytes } from 'node:crypto';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { type Agent, request } from 'undici';
import { checkAddress, RefusedTarget } from './target.ts';

export type Attempt = {
  /** The same on every attempt of a delivery. */
  readonly id: string;
  readonly targetUrl: string;
  readonly secret: string;
  /** As it goes over the wire. */
  readonly body: string;
};

export type Outcome = {
  readonly isDelivered: boolean;
  /** Null where it was not even tried. */
  readonly sent: { readonly to: string; readonly headers: Readonly<Record<string, string>> } | null;
  readonly latencyMs: number;
  readonly status: number | null;
  /** What was answered, its beginning. */
  readonly response: string | null;
  readonly error: string | null;
};

export type SendOptions = {
  readonly targets: Agent;
  readonly timeoutMs: number;
  readonly mayBePrivate: boolean;
};

const MAX_RESPONSE_BYTES = 4_096;
const USER_AGENT = 'Plinth-Webhooks/1';

/**
 * Never throws: what went wrong is the outcome. Redirects are answers like any other, and none that says it arrived.
 */
export async function send(attempt: Attempt, { targets, timeoutMs, mayBePrivate }: SendOptions): Promise<Outcome> {
  const began = performance.now();
  let sent: Outcome['sent'] = null;
  const outcome = (rest: Omit<Outcome, 'sent' | 'latencyMs'>): Outcome => ({
    ...rest,
    sent,
    latencyMs: Math.round(performance.now() - began),
  });
  try {
    if (!mayBePrivate) checkAddress(new URL(attempt.targetUrl));
    const headers = {
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      ...signatures(attempt, new Date()),
    };
    sent = { to: attempt.targetUrl, headers };
    const { statusCode: status, body } = await request(attempt.targetUrl, {
      method: 'POST',
      headers,
      body: attempt.body,
      dispatcher: targets,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const response = await beginningOf(body);
    const isDelivered = status >= 200 && status < 300;
    return outcome({ isDelivered, status, response, error: isDelivered ? null : reasonOf(status) });
  } catch (error) {
    return outcome({
      isDelivered: false,
      status: null,
      response: null,
      error: inOurWords(error as Failure, timeoutMs),
    });
  }
}

/** Twenty's own headers, and those of Standard Webhooks. */
function signatures({ id, secret, body }: Omit<Attempt, 'targetUrl'>, now: Date): Record<string, string> {
  const timestamp = String(now.getTime());
  return {
    'X-Twenty-Webhook-Timestamp': timestamp,
    'X-Twenty-Webhook-Nonce': randomBytes(16).toString('hex'),
    'X-Twenty-Webhook-Signature': createHmac('sha256', secret).update(`${timestamp}:${body}`).digest('hex'),
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': standard(secret).sign(id, now, body),
  };
}

/** A secret of somebody's own is used as it is written. */
function standard(secret: string): StandardWebhook {
  return secret.startsWith('whsec_') ? new StandardWebhook(secret) : new StandardWebhook(secret, { format: 'raw' });
}

async function beginningOf(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MAX_RESPONSE_BYTES) break; // the connection is closed with what it would still bring
  }
  // Postgres takes no zero bytes in a text.
  return Buffer.concat(chunks).subarray(0, MAX_RESPONSE_BYTES).toString('utf8').replaceAll('\0', '\ufffd');
}

function reasonOf(status: number): string {
  return status >= 300 && status < 400
    ? `The receiver answered ${status}: redirects are not followed`
    : `The receiver answered ${status}`;
}

type Failure = Error & { readonly code?: string; readonly cause?: Error };

function inOurWords(error: Failure, timeoutMs: number): string {
  if (error.name === 'TimeoutError') return `The receiver did not answer within ${timeoutMs} ms`;
  if (error instanceof RefusedTarget) return error.message;
  if (error.cause instanceof RefusedTarget) return error.cause.message;
  const inner = (error as AggregateError).errors?.[0];
  return `The receiver cannot be reached: ${inner?.message || error.message || error.code}`;
}
