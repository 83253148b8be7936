import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createProxy } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import { join, relative, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, test } from "vitest";
import written from "../../plp.config.ts";
import { program, skipUnless } from "../support/skip.ts";
import { evaluate, sstPlatform } from "./evaluate.ts";
import { variablesOf } from "./evaluated.ts";
import { lineOf, rolesOf } from "./statements.ts";

const subnets = ["subnet-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60719"];
const groups = ["sg-0a1b2c3d4e5f60718"];
const root = resolve(import.meta.dirname, "../..");

/** An authority of one's own, and the certificate that it gave to 127.0.0.1, as files of a folder. */
function authority(folder: string) {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) =>
    execFileSync("openssl", args, { stdio: "ignore", cwd: folder });
  const anew = ["-newkey", "rsa:2048", "-noenc", "-days", "1"];
  openssl("req", "-x509", ...anew, "-subj", "/CN=Company", "-keyout", "ca.key", "-out", "company.pem");
  openssl(
    ...["req", "-x509", ...anew, "-subj", "/CN=gitlab", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-CA", "company.pem", "-CAkey", "ca.key", "-keyout", "gitlab.key", "-out", "gitlab.pem"],
  );
  return { ca: at("company.pem"), key: readFileSync(at("gitlab.key")), cert: readFileSync(at("gitlab.pem")) };
}

skipUnless(program("openssl", "OpenSSL (openssl)"))("with certificates of one's own", () => {
  skipUnless(sstPlatform)("a deployment into a network", async () => {
    const folder = mkdtempSync(join(root, ".sst/network-"));
    afterAll(() => rmSync(folder, { recursive: true }));
    const { ca, key, cert } = authority(folder);
    const hub = await evaluate({
      stage: "production",
      settings: {
        ...written,
        hooks: false,
        api: undefined,
        network: { subnets, security_groups: groups },
        egress: {
          proxy: "http://proxy.example.com:3128",
          without_proxy: [".example.com"],
          certificates: relative(root, ca),
        },
      },
    });
    const functions = hub.all("aws:lambda/function:Function");
    const [variables = {}] = functions.map(variablesOf);

    test("puts every function into the subnets, with the security groups", () => {
      expect(functions.length).toBeGreaterThan(0);
      for (const { inputs } of functions)
        expect(inputs.vpcConfig).toEqual({ subnetIds: subnets, securityGroupIds: groups });
    });

    test("tells Node the proxy and the certificates before it runs a line of ours", () => {
      for (const one of functions) {
        expect(variablesOf(one)).toMatchObject({
          NODE_USE_ENV_PROXY: "1",
          HTTPS_PROXY: "http://proxy.example.com:3128",
          HTTP_PROXY: "http://proxy.example.com:3128",
          NO_PROXY: ".example.com",
          NODE_EXTRA_CA_CERTS: "/var/task/certificates.pem",
        });
      }
      for (const { copyFiles } of hub.builds)
        expect(copyFiles).toMatchObject([{ to: "certificates.pem", isDir: false }]);
    });

    describe("every role", () => {
      const roles = rolesOf(hub).filter(({ name }) => name.endsWith("FunctionRole"));

      test("lets Lambda make interfaces in these subnets alone, and keeps its own code from doing so", () => {
        for (const { statements, name } of roles) {
          const lines = statements.map(lineOf).filter((line) => line.includes("ec2:"));
          const functionName = name.replace("FunctionRole", "").toLowerCase();
          expect(lines).toEqual([
            `ec2:CreateNetworkInterface on ec2:subnet/${subnets[0]} ec2:subnet/${subnets[1]} ec2:security-group/${groups[0]} ec2:network-interface/*`,
            "ec2:AssignPrivateIpAddresses ec2:DeleteNetworkInterface ec2:UnassignPrivateIpAddresses on ec2:*/*",
            "ec2:DescribeNetworkInterfaces ec2:DescribeSubnets on *",
            `never ec2:CreateNetworkInterface ec2:AssignPrivateIpAddresses ec2:DeleteNetworkInterface ec2:UnassignPrivateIpAddresses ec2:DescribeNetworkInterfaces ec2:DescribeSubnets on * if {"ArnEquals":{"lambda:SourceFunctionArn":"arn:aws:lambda:eu-central-1:999988887777:function:plp-production-${functionName}"}}`,
          ]);
        }
      });

      test("has no managed policy of AWS for it", () => {
        expect(roles.flatMap(({ managed }) => managed)).toEqual([]);
      });
    });

    test("without web hooks, and where nobody may use the API, nothing is open to the outside", () => {
      expect(hub.all("aws:apigatewayv2/api:Api")).toEqual([]);
      expect(hub.all("aws:lambda/functionUrl:FunctionUrl")).toEqual([]);
    });

    test("its functions reach a GitLab behind the proxy, with a certificate of the own authority", async () => {
      const gitlab = createServer({ key, cert }, (_, answer) => {
        answer.setHeader("content-type", "application/json").end('[{"id":"c1"}]');
      });
      const asked: string[] = [];
      const proxy = createProxy().on("connect", ({ url = "" }, client, head) => {
        asked.push(url);
        const upstream = connect(Number(url.split(":")[1]), "127.0.0.1", () => {
          client.write("HTTP/1.1 200 Connection established\r\n\r\n");
          upstream.write(head);
          upstream.pipe(client).pipe(upstream);
        });
        for (const end of [client, upstream]) end.on("error", () => undefined);
      });
      const [port, proxyPort] = [await listening(gitlab), await listening(proxy)];
      const env = {
        ...variables,
        HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`,
        // Where the deployed code stands is /var/task; SST copies the file there.
        NODE_EXTRA_CA_CERTS: ca,
      };
      const ask = (environment: object) => headOf(`https://127.0.0.1:${port}`, environment);
      try {
        expect(await ask(env)).toBe("c1");
        expect(asked).toEqual([`127.0.0.1:${port}`]);
        expect(await ask({ ...env, NODE_EXTRA_CA_CERTS: "" })).toContain("gitlab-network");
        expect(await ask({ ...env, NO_PROXY: "127.0.0.1" })).toBe("c1");
        expect(asked).toHaveLength(2);
      } finally {
        gitlab.close();
        proxy.close();
      }
    });
  });
});

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** What our GitLab client finds in a process with this environment: the newest commit, or the code of the fault. */
async function headOf(url: string, environment: object): Promise<string> {
  const script = `
    import { gitlabClient } from "@plp/clients";
    const client = gitlabClient({ url: ${JSON.stringify(url)}, token: async () => "any", attempts: 1 });
    console.log(await client.Commits.all("iam/roles").then((all) => all[0].id, ({ code }) => code));`;
  const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "-e", script], {
    cwd: join(root, "services/discovery"),
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return (await text(child.stdout)).trim();
}
