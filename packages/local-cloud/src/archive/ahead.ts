/** How many files are read and unpacked at the same time: enough that the disk and zlib never wait for us. */
const width = 16;

/** The answers of `load` in the order of the items, with some of the next ones on their way. */
export async function* ahead<Item, Answer>(
  items: readonly Item[],
  load: (item: Item) => Promise<Answer>,
): AsyncGenerator<readonly [Item, Answer]> {
  const waiting: (readonly [Item, Promise<Answer>])[] = [];
  for (const item of items) {
    waiting.push([item, load(item)]);
    const next = waiting.length >= width ? waiting.shift() : undefined;
    if (next !== undefined) yield [next[0], await next[1]];
  }
  for (const [item, answer] of waiting) yield [item, await answer];
}
