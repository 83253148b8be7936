/** A value of a template: a literal, or one of CloudFormation's functions over parameters. */
export type Value =
  | string
  | number
  | boolean
  | readonly Value[]
  | { readonly Ref: string }
  | { readonly "Fn::Sub": string }
  | { readonly "Fn::GetAtt": readonly [resource: string, attribute: string] }
  | { readonly "Fn::Select": readonly [number, Value] }
  | { readonly "Fn::Split": readonly [string, Value] }
  | { readonly "Fn::Join": readonly [string, Value] }
  | { readonly "Fn::If": readonly [condition: string, Value, Value] }
  | { readonly "Fn::Equals": readonly [Value, Value] }
  | { readonly "Fn::Not": readonly [Value] }
  | { readonly "Fn::And": readonly Value[] }
  | { readonly Condition: string }
  | { readonly [key: string]: Value };

export interface Parameter {
  readonly Type: "String" | "CommaDelimitedList";
  readonly Description: string;
  readonly Default?: string;
  readonly AllowedPattern?: string;
  readonly AllowedValues?: readonly string[];
  readonly ConstraintDescription?: string;
}

export interface Resource {
  readonly Type: `AWS::${string}::${string}`;
  readonly Condition?: string;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: "Retain" | "Delete";
  readonly UpdateReplacePolicy?: "Retain" | "Delete";
  readonly Properties: Readonly<Record<string, Value>>;
}

export interface Template {
  readonly AWSTemplateFormatVersion: "2010-09-09";
  readonly Description: string;
  readonly Parameters: Readonly<Record<string, Parameter>>;
  readonly Conditions?: Readonly<Record<string, Value>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Description: string; readonly Value: Value }>>;
}

export const ref = (name: string): Value => ({ Ref: name });
export const sub = (text: string): Value => ({ "Fn::Sub": text });
export const when = (condition: string, then: Value, otherwise: Value): Value => ({
  "Fn::If": [condition, then, otherwise],
});
export const isTrue = (parameter: string): Value => ({ "Fn::Equals": [ref(parameter), "true"] });
export const isGiven = (parameter: string): Value => ({
  "Fn::Not": [{ "Fn::Equals": [ref(parameter), ""] }],
});

/** A statement that only stands there while the condition holds. */
export const onlyWhen = (condition: string, statement: Value): Value =>
  when(condition, statement, ref("AWS::NoValue"));

export const allow = (actions: readonly string[], resources: readonly Value[], more: object = {}): Value => ({
  Effect: "Allow",
  Action: [...actions],
  Resource: [...resources],
  ...more,
});

export const deny = (actions: readonly string[], resources: readonly Value[], more: object = {}): Value => ({
  Effect: "Deny",
  Action: [...actions],
  Resource: [...resources],
  ...more,
});

export const policy = (statements: readonly Value[]): Value => ({
  Version: "2012-10-17",
  Statement: [...statements],
});

/** A switch that people set to "true" or "false". */
export const switched = (description: string, preset: "true" | "false"): Parameter => ({
  Type: "String",
  Description: description,
  Default: preset,
  AllowedValues: ["true", "false"],
});

/** A parameter that has to match; the constraint is what CloudFormation shows when it does not. */
export const text = (
  description: string,
  AllowedPattern: string,
  ConstraintDescription: string,
  preset?: string,
): Parameter => ({
  Type: "String",
  Description: description,
  AllowedPattern,
  ConstraintDescription,
  ...(preset === undefined ? {} : { Default: preset }),
});
