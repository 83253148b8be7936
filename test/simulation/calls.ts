import { awsFault } from "@plp/clients";
import { StoreError } from "@plp/event-store";
import { transient } from "@plp/runtime";
import { UsageError } from "@plp/usage";
import type { Random } from "./random.ts";
import { silence, type Task, type Turns } from "./turns.ts";

/** Stands in whatever the outside says when it fails; it must come out nowhere. */
export const SECRET = "glpat-simulated-0123456789";

export type System = "store" | "blobs" | "usage" | "queue" | "gitlab" | "aws" | "chat";

/** How often a call goes wrong, 0 to 1 each. */
export interface FaultRates {
  /** The call does not arrive: an error, sooner or later. */
  readonly refused: number;
  /** It arrives, and its answer is lost. */
  readonly lost: number;
  /** The function dies before the call, or right after it. */
  readonly crash: number;
}

export function ratesOf(random: Random): FaultRates {
  const least = random.pick([0, 0.002, 0.004, 0.007]);
  const rate = () => (random.chance(0.3) ? 0 : least * (0.5 + random.next()));
  return { refused: rate() * 1.5, lost: rate(), crash: rate() };
}

interface Outside {
  readonly random: Random;
  readonly turns: Turns;
  readonly isCalm: () => boolean;
  readonly rates: FaultRates;
  readonly trace: (task: Task, what: string) => void;
}

/**
 * The only way from a handler to the outside: it waits for its turn, may fail before or after the effect, and
 * writes what happened into the trace. Reads fail too, but have no answer that could be lost with an effect done.
 */
export function callsThrough({ random, turns, isCalm, rates, trace }: Outside) {
  async function call<T>(
    task: Task,
    system: System,
    what: string,
    effect: () => T | Promise<T>,
    shown: (answer: T) => string = () => "",
  ): Promise<T> {
    // Now and then a write takes so long that others overtake it.
    const isSlow = what.startsWith("append") && !isCalm() && random.chance(0.15);
    await turns.turn(task, isSlow ? random.between(1, 90) : 0);
    const drawn = isCalm() ? 1 : random.next();
    const { refused, lost, crash } = rates;
    if (drawn < crash / 2) return die(task, `${what}: crash before it`);
    if (drawn < crash / 2 + refused) {
      trace(task, `${what}: refused`);
      throw errorOf(system, what, random);
    }
    const answer = await effect();
    trace(task, `${what} ${shown(answer)}`);
    if (drawn > 1 - crash / 2 && drawn < 1) return die(task, `${what}: crash after it`);
    if (drawn > 1 - crash / 2 - lost && drawn < 1) {
      trace(task, `${what}: answer lost`);
      throw errorOf(system, what, random);
    }
    return answer;
  }

  function die<T>(task: Task, why: string): Promise<T> {
    trace(task, why);
    turns.end(task);
    return silence();
  }

  return call;
}

export type Calls = ReturnType<typeof callsThrough>;

function errorOf(system: System, what: string, random: Random): Error {
  if (random.chance(0.03)) return new Error(`${what} failed with PRIVATE-TOKEN: ${SECRET}`);
  switch (system) {
    case "store":
      return new StoreError("store-unavailable", `${what}: not available`, { retryable: true });
    case "blobs":
      return new StoreError("store-unavailable", `${what}: not available`, { retryable: true });
    case "usage":
      return new UsageError("usage-unavailable", `${what}: not available`, true);
    case "queue":
      return transient("queue-unavailable", `${what}: not available`, {
        cause: new Error(`token=${SECRET}`),
      });
    case "gitlab":
      return random.pick([
        transient("gitlab-502", `${what}: GitLab answered 502`, {
          cause: new Error(`private_token=${SECRET}`),
        }),
        transient("gitlab-429", `${what}: GitLab asks to wait`, {
          retryAfterSeconds: random.between(1, 120),
        }),
        transient("gitlab-timeout", `${what}: GitLab did not answer`),
      ]);
    case "chat":
      return transient("chat-unavailable", `${what}: the chat does not answer`);
    case "aws":
      return awsFault(random.pick(awsErrors), `cannot ${what}`);
  }
}

const awsErrors: readonly [object, ...object[]] = [
  sdkError("ThrottlingException", 429, { retryAfterSeconds: 30 }),
  sdkError("InternalServerException", 500),
  sdkError("ExpiredTokenException", 403),
];

function sdkError(name: string, httpStatusCode: number, more: object = {}): object {
  const message = `signed with x-amz-security-token: ${SECRET}`;
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode }, ...more });
}
