import { archiveTemplate } from "./archive.ts";
import { memberTemplate } from "./member.ts";
import { trailTemplate } from "./trail.ts";

/** Every template by the name of its file. */
export const templates = { member: memberTemplate(), archive: archiveTemplate(), trail: trailTemplate() };
