/** What a client has sent, once the schema of its API has checked the type. */

// biome-ignore lint/suspicious/noExplicitAny: its type is checked at run time, by the field or argument that it is given for
export type Given = any;

export type GivenFields = Readonly<Record<string, Given>>;
