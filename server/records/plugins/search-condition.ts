/**
 * Which records words find, and how well: for the `search` of filters and that of all objects. Contract: core.md 2.9
 * (9), 2.16
 */

import { type SQL, sql } from '../../../db/sql.ts';
import { atMost, MAX_SEARCH_CHARACTERS, MAX_SEARCH_WORDS } from '../../limits/limits.ts';
import { plainText, wordsOf } from '../../model/words.ts';

type Search = {
  /** Records that have all the words, each as the beginning of one, in any order: what a GIN index finds. */
  readonly matches: (vector: SQL) => SQL;
  /** How near each other they have them, and how many of them: both of type `real`. */
  readonly nearness: (vector: SQL) => SQL;
  readonly share: (vector: SQL) => SQL;
};

/** Nothing in nothing: a text without words finds no records. @throws PlinthError INVALID_QUERY_INPUT */
export function searchFor(text: string): Search {
  const code = 'INVALID_QUERY_INPUT';
  atMost(text.length, MAX_SEARCH_CHARACTERS, 'MAX_SEARCH_CHARACTERS', 'characters of a search', code);
  atMost(wordsOf(text).length, MAX_SEARCH_WORDS, 'MAX_SEARCH_WORDS', 'words of a search', code);
  const terms = text.split(/\s+/).flatMap(queryOf);
  const all = sql`${sql.value(terms.join(' & '))}::tsquery`;
  const any = sql`${sql.value(terms.join(' | '))}::tsquery`;
  return {
    matches: (vector) => sql`${vector} @@ ${all}`,
    nearness: (vector) => sql`ts_rank_cd(${vector}, ${all})`,
    share: (vector) => sql`ts_rank(${vector}, ${any})`,
  };
}

/**
 * One term as a query. Our own columns keep plain words; those of a hand-made table may keep accents, and an address or
 * `acme.com` as one word: so the term is looked for in each of these forms, which for most is the same.
 */
function queryOf(term: string): string[] {
  const forms = [[term.toLowerCase()], wordsOf(term), wordsOf(plainText(term))];
  if (forms.some((words) => words.length === 0)) return [];
  const queries = [...new Set(forms.map((words) => words.map(prefix).join(' & ')))];
  return [queries.length === 1 && !queries[0]?.includes(' & ') ? (queries[0] as string) : `(${queries.join(' | ')})`];
}

function prefix(word: string): string {
  return `'${word.replace(/['\\]/g, (sign) => sign + sign)}':*`;
}
