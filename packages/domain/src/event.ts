/** Who did it: a service of ours, a person as GitLab knows them, or a pipeline. */
export interface Actor {
  readonly kind: "service" | "person" | "pipeline";
  readonly id: string;
  readonly name: string;
}

/** What every event says beside its data. Times are ISO 8601 UTC. */
export interface Cause {
  /** When GitLab, AWS or the log says that it happened. */
  readonly occurredAt: string;
  readonly actor: Actor;
  /** The round. */
  readonly correlationId: string;
  /** The message or hook that made us look. */
  readonly causationId: string;
}

/** One kind of event: its name and its data, as version 1 of its schema unless said otherwise. */
export interface DomainEvent<Type extends string = string, Data = unknown> extends Cause {
  readonly type: Type;
  readonly schemaVersion: number;
  readonly data: Data;
}

/** What the store adds, as far as folding needs it. */
export type Recorded<E extends DomainEvent> = E & {
  readonly version: number;
  readonly recordedAt: string;
  /** Of the commit that holds the event. */
  readonly hash: string;
};

type TypeOf<E> = E extends DomainEvent<infer Type, unknown> ? Type : never;
type DataOf<E, Type> = E extends DomainEvent<infer T, infer Data> ? (T extends Type ? Data : never) : never;

/** A maker of the events of one stream, typed by that stream's union. */
export function eventMaker<E extends DomainEvent>() {
  return <Type extends TypeOf<E>>(type: Type, data: DataOf<E, Type>, cause: Cause): E =>
    ({
      type,
      schemaVersion: 1,
      occurredAt: cause.occurredAt,
      actor: cause.actor,
      correlationId: cause.correlationId,
      causationId: cause.causationId,
      data,
    }) as unknown as E;
}

export function service(name: string): Actor {
  return { kind: "service", id: name, name };
}
