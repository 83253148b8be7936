import { hkdfSync } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import * as z from "zod";

/** A signed text that a browser keeps for us and cannot change. */
export interface Sealed<T> {
  seal(value: T, seconds: number): Promise<string>;
  /** Null for what is not ours, was changed or has ended. */
  open(text: string | undefined): Promise<T | null>;
}

/**
 * What is sealed for one purpose opens for no other: each has a key of its own, made from `secret`. `clock` tells when it
 * was sealed and whether it has ended.
 */
export function sealed<T extends object>(
  purpose: string,
  schema: z.ZodType<T>,
  { secret, clock }: { readonly secret: Uint8Array; readonly clock: { now(): Date } },
): Sealed<T> {
  const key = new Uint8Array(hkdfSync("sha256", secret, "", `plp ${purpose}`, 32));
  const algorithms = ["HS256"];
  return {
    seal: (value, seconds) =>
      new SignJWT({ value })
        .setProtectedHeader({ alg: "HS256" })
        .setAudience(purpose)
        .setExpirationTime(Math.floor(clock.now().getTime() / 1000) + seconds)
        .sign(key),
    async open(text) {
      if (text === undefined) return null;
      try {
        const { payload } = await jwtVerify(text, key, {
          ...{ algorithms, audience: purpose, requiredClaims: ["exp"], currentDate: clock.now() },
        });
        return schema.parse(payload.value);
      } catch {
        // Not ours, changed or over: whoever brings it signs in again.
        return null;
      }
    },
  };
}

/** Who is signed in to the page. */
export const signedIn = z.strictObject({ id: z.string().min(1), name: z.string() });

/** What must come back from the identity provider, and where the person wanted to go. */
export const pending = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  to: z.string(),
});
