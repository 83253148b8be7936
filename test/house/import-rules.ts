import { circles, type Edge, type Graph, homeOf, isTest, reachable, relation } from "./graph.ts";

const forServices = ["messaging", "event-store", "usage", "clients", "domain", "iam-policy", "runtime"];

/** Who may import whom; `null` = anything. A workspace that is not named here may import nothing of ours. */
const arrows: Readonly<Record<string, readonly string[] | null>> = {
  "services/discovery": forServices,
  "services/analysis-poller": [...forServices, "cloudtrail"],
  "services/merger": forServices,
  "services/mr-publisher": forServices,
  "services/review": forServices,
  "services/history": [...forServices, "audit", "web"],
  "packages/clients": ["runtime"],
  "packages/usage": ["iam-policy"],
  "packages/audit": ["domain", "event-store", "iam-policy", "runtime"],
  "packages/domain": ["iam-policy"],
  "packages/cloudtrail": ["iam-policy", "runtime"],
  "packages/messaging": ["domain", "runtime"],
  "packages/event-store": [],
  "packages/iam-policy": [],
  "packages/runtime": [],
  "packages/web": [],
  "packages/iam-repository": [],
  "packages/cli": null,
  "packages/local-cloud": null,
};

type Rule = (graph: Graph) => readonly string[];

/** The rules on imports, by what they hold; each answers with one sentence per violation. */
export const importRules = {
  "a workspace imports only what the arrows allow": (graph) =>
    internal(graph)
      .filter(({ from, to }) => isWorkspace(homeOf(from)) && homeOf(from) !== homeOf(to))
      .filter(({ from, to }) => {
        const allowed = arrows[homeOf(from)];
        if (allowed === null) return isTest(to);
        return allowed?.some((name) => homeOf(to) === `packages/${name}`) !== true;
      })
      .map(sentence),

  "workspaces reach each other by name, never by a path across the border": (graph) =>
    graph.edges
      .filter(({ from, to, external, byName }) => !external && !byName && homeOf(from) !== homeOf(to))
      .filter(({ to }) => isWorkspace(homeOf(to)))
      .filter(({ from }) => !isTest(from))
      .map(sentence),

  "handle.ts never imports an adapter or an SDK": (graph) => {
    const running = relation(
      internal(graph)
        .filter(({ from, to, typeOnly }) => !typeOnly && homeOf(from) === homeOf(to))
        .map(({ from, to }) => [from, to] as const),
    );
    return graph.files.filter(isHandle).flatMap((handle) => {
      const near = new Set([handle, ...reachable(handle, running)]);
      return graph.edges
        .filter((edge) => (edge.external ? systems.test(edge.to) : homeOf(edge.to) === "packages/clients"))
        .filter((edge) => edge.from === handle || (near.has(edge.from) && !edge.typeOnly))
        .map((edge) => `${handle} reaches ${edge.to}${edge.from === handle ? "" : ` through ${edge.from}`}`);
    });
  },

  "no circle between workspaces": (graph) =>
    circles(
      relation(
        internal(graph)
          .map(({ from, to }) => [homeOf(from), homeOf(to)] as const)
          .filter(([from, to]) => from !== to),
      ),
    ),

  "no circle between files": (graph) =>
    circles(relation(internal(graph).map(({ from, to }) => [from, to] as const))),

  "stacks import only types, and each other": (graph) =>
    graph.edges
      .filter(({ from, to, typeOnly }) => homeOf(from) === "stacks" && homeOf(to) !== "stacks" && !typeOnly)
      .map(sentence),

  "sst.config.ts imports nothing at its top": (graph) =>
    graph.edges.filter(({ from, dynamic }) => from === "sst.config.ts" && !dynamic).map(sentence),

  // The proof may have helpers of its own; what the merge uses too must be the parser's or the evaluator's.
  "the proof shares only the parser and the evaluator with the merge": (graph) => {
    const next = relation(internal(graph).map(({ from, to }) => [from, to] as const));
    const withoutProof = relation(
      internal(graph)
        .filter(({ to }) => !proof.test(to))
        .map(({ from, to }) => [from, to] as const),
    );
    const closure = (of: RegExp, relations: typeof next) =>
      new Set(
        graph.files.filter((path) => of.test(path)).flatMap((path) => [path, ...reachable(path, relations)]),
      );
    const merge = closure(merging, withoutProof);
    const shared = closure(parserAndEvaluator, next);
    const used = [...closure(proof, next)];
    return used
      .filter((path) => merging.test(path) || (merge.has(path) && !shared.has(path)))
      .map((path) => `the proof reaches ${path}`);
  },

  "an import of the house names a file that is there": (graph) => {
    const files = new Set(graph.files);
    return graph.edges
      .filter(({ to, external }) => !external && /\.tsx?$/.test(to) && !files.has(to))
      .map(sentence);
  },
} satisfies Record<string, Rule>;

const proof = /^packages\/iam-policy\/src\/prove(-[\w-]+)?\.ts$/;
const parserAndEvaluator = /^packages\/iam-policy\/src\/(parse|evaluate|types|match)\.ts$/;
const merging =
  /^packages\/iam-policy\/src\/(merge|grow|covers?|implies|reduce|parts|fit|diff)(-[\w-]+)?\.ts$/;

const isWorkspace = (home: string) => home.startsWith("packages/") || home.startsWith("services/");

/** What is not a test, between files of the house. */
function internal(graph: Graph): readonly Edge[] {
  return graph.edges.filter(({ from, external }) => !external && !isTest(from));
}

function isHandle(path: string): boolean {
  return path.startsWith("services/") && /\/(handle(-[\w-]+)?|[\w-]+\.handle)\.ts$/.test(path);
}

/** Modules that talk to the world: SDKs, or Node's own files, network and processes. */
const systems =
  /^(@aws-sdk|@smithy|@gitbeaker)\/|^node:(fs|http|https|http2|net|tls|dns|child_process|worker_threads|process)\b/;

function sentence({ from, to, typeOnly }: Edge): string {
  return `${from} imports ${to}${typeOnly ? " (types)" : ""}`;
}
