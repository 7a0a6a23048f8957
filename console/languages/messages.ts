/** The type of all messages: every language has each message of the English one. */

import type { en } from './en.ts';

type Translated<Part> = Part extends string ? string : { readonly [Key in keyof Part]: Translated<Part[Key]> };
export type Messages = Translated<typeof en>;
