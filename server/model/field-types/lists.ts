/** What several lists make together, in field types that are lists. Contract: core.md 2.15 */

/** The first element of each key, in their order. */
export function distinct<Element>(elements: readonly Element[], keyOf: (element: Element) => unknown): Element[] {
  const known = new Set<unknown>();
  return elements.filter((element) => !known.has(keyOf(element)) && known.add(keyOf(element)));
}

/** One list of all: for field types of one column that is a list. */
export function united(values: readonly { readonly value: readonly unknown[] | null }[]): { value: unknown[] } {
  return { value: [...new Set(values.flatMap(({ value }) => value ?? []))] };
}
