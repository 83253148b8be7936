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

/** The same of two texts, without one made of them to look it up by. */
export function rememberedPair<T>(
  answer: (a: string, b: string) => T,
  most = 4_000,
): (a: string, b: string) => T {
  const known = new Map<string, Map<string, T>>();
  let size = 0;
  return (a, b) => {
    const before = known.get(a)?.get(b);
    if (before !== undefined) return before;
    const found = answer(a, b);
    if (a.length > longest || b.length > longest) return found;
    if (size >= most) {
      known.clear();
      size = 0;
    }
    const ofFirst = known.get(a) ?? new Map<string, T>();
    known.set(a, ofFirst.set(b, found));
    size += 1;
    return found;
  };
}
