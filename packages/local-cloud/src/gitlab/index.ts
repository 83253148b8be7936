export { type LocalGitlab, type LocalGitlabOptions, startLocalGitlab } from "./gitlab.ts";
