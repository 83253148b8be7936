import type { AccessLevel, ResourceType } from "@plp/iam-policy";
import { type ArnFormat, arnFormat } from "./arn-format.ts";
import { listedAction } from "./listed.ts";
import { remembered } from "./remembered.ts";
import { alsoCreated, lowerCased, parameterNames } from "./tables/parameters.ts";
import { plainName } from "./values.ts";

/** What of an action's resources is the same for every call: found once, because a log has the same few actions. */
export interface ActionShape {
  readonly action: string;
  readonly service: string;
  readonly accessLevel: AccessLevel;
  readonly types: readonly TypeShape[];
  /** Glue checks its catalog with everything that lies in it. */
  readonly catalog: TypeShape | null;
  /** The one format of the one type that the action can be about, where things of the type lie below a path. */
  readonly below: { readonly type: TypeShape; readonly format: ArnFormat; readonly blank: Blank } | null;
}

export interface TypeShape {
  readonly listed: ResourceType;
  readonly name: string;
  /** Its name in lower case, without separators. */
  readonly plain: string;
  readonly formats: readonly FormatShape[];
  /** Made by the action although the call is not named after it. */
  readonly alsoCreated: boolean;
  /** The action takes no other type, and one value names a thing of this one. */
  readonly isLone: boolean;
  /** The format without placeholders, where an account has but one such thing and the action takes no other. */
  readonly only: FormatShape | null;
}

export interface FormatShape {
  readonly format: ArnFormat;
  readonly blanks: readonly Blank[];
  /** Which of them a lone `name` can be meant to fill: the last one that is given and not made by AWS. */
  readonly own: number;
  /** IAM names what has a path by its name alone: only a call that makes the thing tells where it lies. */
  readonly hasPath: boolean;
}

/** A placeholder of an ARN format, and what fills it. */
export interface Blank {
  readonly placeholder: string;
  /** Made by AWS, as ids are; names are given by the caller. */
  readonly isGenerated: boolean;
  readonly withPath: boolean;
  /** The service writes names in lower case into its ARNs. */
  readonly isLowerCased: boolean;
  /** Plain names of the parameters that may fill it, likeliest first. */
  readonly parameters: readonly string[];
}

const generated =
  /(Id|Identifier|UUID|Uuid|Hash|Token|Suffix|Timestamp|CreationTime|Version|RevisionNumber)$/;

/** The parameter names that may fill a placeholder, likeliest first. */
function parametersFor(service: string, type: ResourceType, placeholder: string): readonly string[] {
  const table = Object.hasOwn(parameterNames, service) ? parameterNames[service] : undefined;
  const listed = table !== undefined && Object.hasOwn(table, placeholder) ? table[placeholder] : undefined;
  if (listed !== undefined) {
    return listed;
  }
  const plain = plainName(placeholder).replace(/withpath$/, "");
  const stem = plain.replace(/(name|id|identifier)$/, "");
  const generic = stem === "" || stem === "resource";
  const near = (generic ? plainName(type.name) : stem) || plain;
  const typed = ["name", "id", "identifier"].map((end) => plainName(type.name) + end);
  const names = [near, `${near}name`, `${near}id`, `${near}identifier`, ...typed];
  const all = new Set(generic ? names : [plain, ...names]);
  // A name is no id: an ARN that ends with an id is not told by a name.
  return [...all].filter((name) => !(generated.test(placeholder) && name.endsWith("name")));
}

function formatShape(service: string, type: ResourceType, text: string): FormatShape {
  const format = arnFormat(text);
  const blanks = format.placeholders.map((placeholder) => ({
    placeholder,
    isGenerated: generated.test(placeholder),
    withPath: placeholder.endsWith("WithPath"),
    isLowerCased: lowerCased.has(service),
    parameters: parametersFor(service, type, placeholder),
  }));
  const given = blanks.findLastIndex(({ isGenerated }) => !isGenerated);
  return {
    format,
    blanks,
    own: given === -1 ? blanks.length - 1 : given,
    hasPath: blanks.some(({ withPath }) => withPath),
  };
}

function belowPath(types: readonly TypeShape[]): ActionShape["below"] {
  const required = types.filter(({ listed }) => listed.required);
  const [type, ...others] = required.length > 0 ? required : types;
  const [shape, ...more] = type?.formats ?? [];
  const [blank, ...further] = shape?.blanks ?? [];
  if (type === undefined || shape === undefined || blank === undefined) return null;
  const isOne = others.length === 0 && more.length === 0 && further.length === 0;
  return isOne && blank.withPath ? { type, format: shape.format, blank } : null;
}

/** The shape of an action of AWS's list; null for any other. */
export const shapeOf = remembered((name): ActionShape | null => {
  const info = listedAction(name);
  if (info === undefined) {
    return null;
  }
  const { action, accessLevel, resourceTypes } = info;
  const service = action.slice(0, action.indexOf(":"));
  const made = Object.hasOwn(alsoCreated, action) ? alsoCreated[action] : undefined;
  const isLone = resourceTypes.length === 1;
  const types = resourceTypes.map((listed): TypeShape => {
    const formats = listed.arnFormats.map((text) => formatShape(service, listed, text));
    const fixed = formats.filter(({ blanks }) => blanks.length === 0);
    return {
      listed,
      name: listed.name,
      plain: plainName(listed.name),
      formats,
      alsoCreated: made?.includes(listed.name) === true,
      isLone: isLone && formats.every(({ blanks }) => blanks.length === 1),
      only: isLone && fixed.length === 1 ? (fixed[0] ?? null) : null,
    };
  });
  const catalog = service === "glue" ? types.find(({ name }) => name === "rootcatalog") : undefined;
  return { action, service, accessLevel, types, catalog: catalog ?? null, below: belowPath(types) };
});
