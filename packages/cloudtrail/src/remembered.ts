/** What is longer is not worth the room. */
const longest = 200;

/**
 * A pure function of one text that remembers its answers, and forgets them all when there are `most`: what a hostile
 * log makes up costs no more than that.
 */
export function remembered<T>(answer: (text: string) => T, most = 4_000): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const found = answer(text);
    if (text.length > longest) return found;
    if (known.size >= most) known.clear();
    known.set(text, found);
    return found;
  };
}
