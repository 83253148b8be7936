export { setKey } from "./calls";
export { clear, entryCount, sayingBytes, textBytes } from "./found";
export {
  ENTRIES,
  ENTRY,
  ID,
  INPUT,
  KEY,
  KEYS,
  KEYS_OF_LENGTH,
  MOST_CALLERS,
  MOST_ENTRIES,
  MOST_SAYINGS,
  MOST_TEXTS,
  NEEDLE,
  NEEDLES,
  SAYINGS,
  SLOTS,
  TEXTS,
} from "./layout";
export { tell } from "./numbers";
export { prepare, skim, slots } from "./skim";
export {
  next,
  outsideWindow,
  setCaller,
  setFile,
  setTime,
  settle,
  setWindow,
  whenCalled,
  whoCalled,
} from "./take";
