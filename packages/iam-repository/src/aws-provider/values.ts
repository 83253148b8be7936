import { Decoder, Encoder, ExtData } from "@msgpack/msgpack";

/** A resource's attributes; null for no resource. */
export type State = Readonly<Record<string, unknown>> | null;

export interface DynamicValue {
  readonly msgpack?: Uint8Array;
  readonly json?: Uint8Array;
}

/** What Terraform knows only after apply: extension 0 of its values' MessagePack. */
export const unknown = new ExtData(0, new Uint8Array([0]));

const encoder = new Encoder();
const decoder = new Decoder();

export function encode(value: unknown): DynamicValue {
  return { msgpack: encoder.encode(value) };
}

/** An absent value is null, as Terraform means it. */
export function decode(value: DynamicValue | null | undefined): State {
  if (value?.msgpack?.length) return decoder.decode(value.msgpack) as State;
  if (value?.json?.length) return JSON.parse(Buffer.from(value.json).toString("utf8")) as State;
  return null;
}

export const isUnknown = (value: unknown): boolean => value instanceof ExtData;
