import fc from "fast-check";
import { describe, expect, it } from "vitest";
import example from "../../../plp.config.ts";
import { isFault, messageOf } from "./errors.ts";
import { matchesGlob } from "./glob.ts";
import { analyzerFor, defineConfig, isUntouchable, parseSettings } from "./settings.ts";

function problems(input: unknown): string {
  try {
    parseSettings(input);
  } catch (error) {
    expect(isFault(error, "settings-invalid")).toBe(true);
    return messageOf(error);
  }
  throw new Error("these settings should not have been accepted");
}

const changed = (change: object) => ({ ...example, ...change });

describe("settings", () => {
  it("fills in every default of the shipped file", () => {
    expect(parseSettings(example)).toMatchObject({
      window_days: 7,
      quiet_days: 14,
      retention_days: 90,
      rejection_days: null,
      limits: { open: 10 },
      analyzer: { default: "both", per_account: {} },
      terraform_state: false,
      ...{ never: [], ask: [] },
      hooks: true,
      egress: { without_proxy: [] },
      members: { delegated: true, reader: true, analyzer: true, management: true },
      runners: { networks: [], user_agents: [], sessions: [] },
    });
  });

  it("gives the same when parsed again, also after a way through JSON", () => {
    const once = parseSettings(defineConfig(changed({ analyzer: "trail" }) as typeof example));
    expect(parseSettings(JSON.parse(JSON.stringify(once)))).toEqual(once);
  });

  it("names all problems at once, each with path, what was given and what is expected", () => {
    const text = problems({
      trail: { arn: "nonsense", bukket: "logs" },
      roles: { reader: "arn:aws:iam::111122223333:role/x", analyzer_service_role: "plp/analyzer" },
      repositories: [{ url: "https://u:p@gitlab.example.com", project: "../x", target_branch: "a..b" }],
      round: { schedule: "every day", time_zone: "Mars/Olympus" },
      window_days: "7",
    });
    expect(text.split("\n")).toHaveLength(11);
    for (const path of [
      "trail.arn",
      "trail.bucket",
      "trail.bukket",
      "roles.reader",
      "repositories[0].url",
      "repositories[0].project",
      "repositories[0].target_branch",
      "round.schedule",
      "round.time_zone",
      "window_days",
    ]) {
      expect(text).toContain(`  ${path}: got `);
    }
    expect(text).toContain('window_days: got "7"; expected a whole number of days from 1 to 90');
    expect(text).toContain('trail.bukket: got "logs"; expected no such option');
    expect(text).not.toContain("u:p@");
  });

  it("takes patterns of actions, and says which is none", () => {
    const limits = { never: ["iam:CreateUser", "organizations:*", "*"], ask: ["*:Delete*", "s3:Put?bject"] };
    expect(parseSettings(changed(limits))).toMatchObject(limits);
    const text = problems(changed({ never: ["CreateUser", "iam:"], ask: ["iam:Create User"] }));
    expect(text.match(/(never|ask)\[\d\]: got/g)).toEqual(["never[0]: got", "never[1]: got", "ask[0]: got"]);
  });

  it.each([null, undefined, [], "x", 7])("refuses %j as a whole", (input) => {
    expect(problems(input)).toContain("(the whole): got");
  });

  it.each([
    [{ limits: { open: 0 } }, "limits.open"],
    [{ notify: "https://hooks.example.com" }, "notify"],
    [{ repositories: [] }, "repositories"],
    [{ repositories: [...example.repositories, ...example.repositories] }, "repositories"],
    [{ repositories: [{ url: "http://gitlab.example.com", project: "a/b" }] }, "repositories[0].url"],
    [{ analyzer: { per_account: { "11112222333": "trail" } } }, "analyzer"],
    [{ assign: ["@somebody"] }, "assign[0]"],
    [{ labels: ["a,b"] }, "labels[0]"],
    [{ runners: { networks: ["10.0.0.0"] } }, "runners.networks[0]"],
    [{ terraform_state: "yes" }, "terraform_state"],
    [{ rejection_days: "none" }, "rejection_days"],
    [{ hooks: "no" }, "hooks"],
    [{ network: { subnets: ["subnet-1"], security_groups: ["sg-0a1b2c3d"] } }, "network.subnets[0]"],
    [{ network: { subnets: ["subnet-0a1b2c3d"] } }, "network.security_groups"],
    [{ egress: { proxy: "http://user:word@proxy.example.com:3128" } }, "egress.proxy"],
    [{ egress: { certificates: "../elsewhere.pem" } }, "egress.certificates"],
    [{ members: { units: ["all"] } }, "members.units[0]"],
    [{ members: { units: ["r-ab12"], apply_roles: ["gitlab"] } }, "members.apply_roles[0]"],
    [{ roles: { ...example.roles, deployment_path: "ci" } }, "roles.deployment_path"],
    [{ operators: ["the platform team"] }, "operators[0]"],
  ])("refuses %j", (change, path) => {
    expect(problems(changed(change))).toContain(`  ${path}`);
  });

  it("knows the analyzer of an account that is different", () => {
    const settings = parseSettings(changed({ analyzer: { per_account: { "111122223333": "trail" } } }));
    expect(analyzerFor(settings, "111122223333")).toBe("trail");
    expect(analyzerFor(settings, "444455556666")).toBe("both");
  });

  it("leaves alone its own roles, service-linked ones, the named ones and what is no role", () => {
    const settings = parseSettings(example);
    const role = (path: string) => `arn:aws:iam::111122223333:role/${path}`;
    for (const path of ["plp/reader", "plp/analyzer", "plp/other", "plp/iam-management"]) {
      expect(isUntouchable(settings, role(path))).toBe(true);
    }
    expect(isUntouchable(settings, role("aws-service-role/x.amazonaws.com/y"))).toBe(true);
    expect(isUntouchable(settings, "arn:aws:iam::111122223333:user/x")).toBe(true);
    expect(isUntouchable(settings, role("ci/shop-prod"))).toBe(false);
  });
});

describe("a glob", () => {
  it("answers as the regular expression of the same meaning", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    const words = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 });
    fc.assert(
      fc.property(letters, words, (pattern, text) => {
        const same = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
        expect(matchesGlob(pattern, text)).toBe(same.test(text));
      }),
    );
  });

  it("stays fast where a regular expression would not", () => {
    expect(matchesGlob("*a".repeat(200), "a".repeat(5_000))).toBe(true);
    expect(matchesGlob(`${"*a".repeat(200)}b`, "a".repeat(5_000))).toBe(false);
  });
});
