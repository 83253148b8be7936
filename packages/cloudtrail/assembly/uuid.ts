/**
 * Reads the 36 bytes of a UUID, as AWS writes eventIDs, into four numbers. False for anything else. Ids that differ
 * only in their letters' case are told apart by the records' content.
 */
export function readUuid(from: usize, into: usize): bool {
  let word: u32 = 0;
  let digits: usize = 0;
  for (let index: usize = 0; index < 36; index += 1) {
    const byte = load<u8>(from + index);
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      if (byte !== 0x2d) return false;
      continue;
    }
    const letter = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) word = (word << 4) | (byte - 0x30);
    else if (letter >= 0x61 && letter <= 0x66) word = (word << 4) | (letter - 0x57);
    else return false;
    digits += 1;
    if ((digits & 7) === 0) store<u32>(into + (digits >> 1) - 4, word);
  }
  return true;
}
