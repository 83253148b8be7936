interface PolicyErrorPlace {
  /** Index of the statement, from 0. */
  readonly statement?: number;
  readonly sid?: string | null;
  /** The element at fault, e.g. `Action` or `Condition.StringEquals`. */
  readonly key?: string;
}

/**
 * A policy that cannot be read. The message names the file (`where`), the statement by index and Sid, the
 * element, and what is expected there; the same parts are fields, so that a caller can point at the line.
 */
export class PolicyError extends Error {
  readonly where: string;
  readonly statement: number | null;
  readonly sid: string | null;
  readonly key: string | null;

  constructor(where: string, problem: string, place: PolicyErrorPlace = {}) {
    super(`${where}: ${placeText(place)}${problem}`);
    this.name = "PolicyError";
    this.where = where;
    this.statement = place.statement ?? null;
    this.sid = place.sid ?? null;
    this.key = place.key ?? null;
  }
}

export function isPolicyError(error: unknown): error is PolicyError {
  return error instanceof PolicyError;
}

function placeText(place: PolicyErrorPlace): string {
  const sid = place.sid === undefined || place.sid === null ? "" : ` (${quoted(place.sid)})`;
  const statement = place.statement === undefined ? "" : `statement ${place.statement}${sid}, `;
  return place.key === undefined ? statement : `${statement}${place.key}: `;
}

/** Foreign text in a message: escaped and cut, so that it can neither forge a line nor flood a log. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 117)}...` : text);
}
