import { once } from "node:events";
import { createInterface } from "node:readline";
import { remark, type Style, styleOf, type Terminal } from "./output.ts";

/** Shows a preview to a person and answers whether they want it; null: there is nobody to ask. */
export type Confirm = (preview: (style: Style) => string) => Promise<boolean | null>;

/** Asks the person at the terminal; null where input or output is none. Anything but "y" or "yes" is a no. */
export function confirmAt(terminal: Terminal, input: NodeJS.ReadStream, question: string): Confirm {
  return async (preview) => {
    if (!input.isTTY || !terminal.err.isTTY) return null;
    remark(terminal, preview(styleOf(terminal.err)));
    terminal.err.write(`\n${question} [y/N] `);
    const lines = createInterface({ input });
    try {
      const answer = await Promise.race([
        once(lines, "line").then(([line]) => String(line)),
        once(lines, "close").then(() => ""),
      ]);
      return /^y(?:es)?$/i.test(answer.trim());
    } finally {
      lines.close();
    }
  };
}
