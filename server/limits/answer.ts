/**
 * Answers as text. One that is too long is refused before it is written: the longest text that there can be has 512 MB.
 */

import type { PlinthError } from '../errors.ts';
import { MAX_ANSWER_CHARACTERS, tooMuch } from './limits.ts';

/** @throws PlinthError ANSWER_TOO_LARGE */
export function answerText(answer: unknown): string {
  return JSON.stringify(checkAnswer(answer));
}

/** The same answer, for another to write. @throws PlinthError ANSWER_TOO_LARGE */
export function checkAnswer<Answer>(answer: Answer): Answer {
  if (lengthOf(answer, MAX_ANSWER_CHARACTERS) > MAX_ANSWER_CHARACTERS) throw answerTooLarge();
  return answer;
}

export function answerTooLarge(): PlinthError {
  return tooMuch({
    name: 'MAX_ANSWER_CHARACTERS',
    max: MAX_ANSWER_CHARACTERS,
    unit: 'characters; ask for less at a time',
    code: 'ANSWER_TOO_LARGE',
  });
}

// Of numbers, booleans and null, with a comma.
const USUAL_LENGTH = 6;

/** About what `JSON.stringify` would give; counting stops when it is over `max`. */
function lengthOf(value: unknown, max: number): number {
  if (typeof value === 'string') return value.length + 3;
  if (typeof value !== 'object' || value === null) return USUAL_LENGTH;
  let length = 2;
  if (Array.isArray(value)) {
    for (const each of value) {
      if (length > max) break;
      length += lengthOf(each, max - length);
    }
  } else {
    for (const key in value) {
      if (length > max) break;
      length += key.length + 3 + lengthOf((value as Record<string, unknown>)[key], max - length);
    }
  }
  return length;
}
