/** Some services answer with an error in place of a result; escapes could spell one. */
const RROR: u32 = 0x726f7272;
const TYPE: u32 = 0x65707974;

/** Could the response tell of an error: does it hold `rror`, `__type` or a backslash? */
export function mayFail(from: usize, to: usize): bool {
  const backslashes = i8x16.splat(0x5c);
  const rs = i8x16.splat(0x72);
  const lines = i8x16.splat(0x5f);
  for (let at = from; at < to; at += 16) {
    const block = v128.load(at);
    const next = v128.load(at + 1);
    const pairs = v128.or(
      v128.and(i8x16.eq(block, rs), i8x16.eq(next, rs)),
      v128.and(i8x16.eq(block, lines), i8x16.eq(next, lines)),
    );
    let hits = i8x16.bitmask(v128.or(pairs, i8x16.eq(block, backslashes)));
    while (hits !== 0) {
      const hit = at + ctz(hits);
      if (hit >= to) return false;
      const byte = load<u8>(hit);
      if (byte === 0x5c || load<u32>(hit) === RROR || load<u32>(hit + 2) === TYPE) return true;
      hits &= hits - 1;
    }
  }
  return false;
}
