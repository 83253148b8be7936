/** What a note of ours begins with: by it the note is found again, and brought up to date. */
export function noteMark(mark: string): string {
  return `<!-- plp:${mark} -->`;
}

export function noteBody(mark: string, text: string): string {
  return `${noteMark(mark)}\n${text}`;
}
