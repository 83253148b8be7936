/** `npm run templates` writes the templates as CloudFormation takes them; a test holds them against the code. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { templates } from "../../stacks/accounts/templates.ts";

const folder = join(import.meta.dirname, "../../stacks/accounts");
for (const [name, template] of Object.entries(templates))
  writeFileSync(join(folder, `${name}.template.json`), `${JSON.stringify(template, null, 2)}\n`);
