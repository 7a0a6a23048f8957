/**
 * The words by which records are found: the same of a text and of what is searched for, whatever their accents and
 * punctuation. `Élan-Søn@x.com` has elan, son, x, com. The column that keeps those of a record is in `ddl/shape.ts`.
 * Contract: core.md 2.9 (9), 2.16
 */

/** What Unicode's NFKD form makes of an accent, as a range of characters. */
export const MARKS = String.raw`[\u0300-\u036f]`;

/** Letters that NFKD doesn't take apart into a plain one and a mark. */
export const LETTERS: Readonly<Record<string, string>> = { Ø: 'O', ø: 'o', Ł: 'L', ł: 'l', Đ: 'D', đ: 'd' };

/**
 * Left as they are, these make one word of an e-mail address, a domain or a path, which is then found by its beginning
 * alone.
 */
export const SEPARATORS = '@./-+_:&<>#%=?~';

const EVERY_MARK = new RegExp(MARKS, 'g');

/** The words of a text, in lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{Alphabetic}\p{M}\p{N}]+/gu) ?? [];
}

export function plainText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(EVERY_MARK, '')
    .replace(/./gu, (letter) => LETTERS[letter] ?? letter);
}
