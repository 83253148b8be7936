import { startLocalGitlab } from "./gitlab.ts";
import { testOrganization } from "./test-gitlab.ts";

// A process of its own, for tests that kill it: serves the state directory that it is given and says where.
const [state = ""] = process.argv.slice(2);
const gitlab = await startLocalGitlab({ state, organization: testOrganization });
process.stdout.write(`${JSON.stringify({ url: gitlab.url, tokens: Object.fromEntries(gitlab.tokens) })}\n`);
