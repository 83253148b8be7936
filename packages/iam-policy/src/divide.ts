/**
 * Cuts a list into runs that fit, in its order. Where to cut depends on how many items there are and on what they are
 * called, not on how large they are: an item that grows or shrinks moves no border, unless its run no longer fits; one that
 * comes or goes moves few. An item that does not fit even alone is a run of its own.
 */
export function divide<Item>(
  items: readonly Item[],
  fits: (run: readonly Item[]) => boolean,
  nameOf: (item: Item) => string,
): readonly (readonly Item[])[] {
  if (items.length < 2 || fits(items)) return [items];
  const border = borderOf(items.map(nameOf));
  return [items.slice(0, border), items.slice(border)].flatMap((half) => divide(half, fits, nameOf));
}

/** Before the item of the middle third whose name has the smallest hash: it is the same, most times, in a longer list. */
function borderOf(names: readonly string[]): number {
  const first = Math.max(1, Math.ceil(names.length / 3));
  const last = Math.max(first, Math.floor((2 * names.length) / 3));
  let border = first;
  for (let at = first; at <= last; at += 1) {
    if (hashOf(names[at] ?? "") < hashOf(names[border] ?? "")) border = at;
  }
  return border;
}

/** FNV-1a, 32 bits: spread well enough, and the same everywhere. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  }
  return hash;
}
