const FACTOR: u64 = 0xff51afd7ed558ccd;

/** A number below a power of two that depends on all bytes between the two, 32 or a multiple of it. */
export function hashOf(from: usize, to: usize, below: usize): usize {
  // Four at once: no multiplication waits for that of another one.
  let first: u64 = 0;
  let second: u64 = 0;
  let third: u64 = 0;
  let fourth: u64 = 0;
  for (let at = from; at < to; at += 32) {
    first = (first ^ load<u64>(at)) * FACTOR;
    second = (second ^ load<u64>(at, 8)) * FACTOR;
    third = (third ^ load<u64>(at, 16)) * FACTOR;
    fourth = (fourth ^ load<u64>(at, 24)) * FACTOR;
  }
  const hash = (first ^ rotl(second, 16) ^ rotl(third, 32) ^ rotl(fourth, 48)) * FACTOR;
  // Only the highest bits depend on all others.
  return <usize>(hash >> (1 + clz<u64>(below)));
}
