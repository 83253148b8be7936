import type { Settings } from "@plp/runtime";

/**
 * The SDK looks for credentials in these ways only where the environment has none; Lambda always gives them there. Left
 * out, each function is a quarter smaller, and holds no client of a service that it never calls.
 */
const neverAsked = [
  "@aws-sdk/credential-provider-http",
  "@aws-sdk/credential-provider-ini",
  "@aws-sdk/credential-provider-process",
  "@aws-sdk/credential-provider-sso",
  "@aws-sdk/credential-provider-web-identity",
  "@smithy/credential-provider-imds",
];

/** How esbuild bundles a function. Names of functions and errors survive; source maps stay with the deployment. */
export function bundling(settings: Settings) {
  return {
    minify: true,
    banner: settingsBanner(settings),
    esbuild: { external: neverAsked },
  };
}

/** Lambda takes 4 KB of variables in all; the settings of a large organization are longer, so they go with the code. */
function settingsBanner(settings: Settings): string {
  return `process.env.PLP_SETTINGS ??= ${JSON.stringify(JSON.stringify(settings))};`;
}
