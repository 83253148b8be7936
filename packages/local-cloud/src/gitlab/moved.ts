/** A branch that moved; null = it was not there before, or is gone. */
export interface Moved {
  readonly branch: string;
  readonly before: string | null;
  readonly after: string | null;
}
