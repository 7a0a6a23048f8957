/**
 * Descriptions in comments of the catalog, where they stand behind smart tags: lines that begin with `@`. A description that would be
 * read as one, or not be read back as it is, is a tag itself: `@description "@inactive until May"`, its text as JSON. Pure.
 */

const TAG = 'description';

/** The lines of a comment, tags before the description. */
export function commentOf(tags: readonly string[], description: string | null): string {
  if (!description) return tags.join('\n');
  return [...tags, isPlain(description) ? description : `@${TAG} ${onOneLine(description)}`].join('\n');
}

/** What `commentOf` was given. @param tag what the comment has under `@description`, @param plain what stands behind its tags */
export function descriptionIn(tag: unknown, plain: string | null | undefined): string | null {
  return textIn(tag) ?? plain ?? null;
}

/** PostGraphile ends tags with the first line that is none, takes CRLF for a new line, and blank text for nothing. */
function isPlain(description: string): boolean {
  return !/^\s*@|\r|^\s*$/.test(description);
}

/** JSON leaves the separators of lines and paragraphs as they are, at which a smart tag ends too. */
function onOneLine(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16)}`);
}

/** A DBA may have used the tag for something else. */
function textIn(tag: unknown): string | null {
  if (typeof tag !== 'string') return null;
  try {
    const text: unknown = JSON.parse(tag);
    return typeof text === 'string' ? text : null;
  } catch {
    return null;
  }
}
