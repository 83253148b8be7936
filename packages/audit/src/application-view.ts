import type { ApplicationEvent, Recorded, RequestContent, RequestKind } from "@plp/domain";
import { FORMAT } from "./format.ts";

/** A request that waits for people. */
export interface OpenRequest {
  readonly kind: RequestKind;
  readonly iid: number;
  readonly url: string;
  readonly title: string;
  readonly status: "open" | "frozen";
  readonly openedAt: string;
  readonly roleArns: readonly string[];
}

/** The last round of an application as it was planned. */
export interface RowRound {
  readonly round: string;
  readonly plannedAt: string;
  readonly windowEnd: string;
  readonly roles: readonly {
    readonly roleArn: string;
    readonly environment: string;
    readonly accountId: string;
    readonly run: string;
  }[];
  readonly excluded: readonly {
    readonly environment: string;
    readonly roleArn: string;
    readonly reason: string;
  }[];
  readonly failed: readonly { readonly environment: string; readonly reason: string }[];
}

/** An application in the list of streams. */
export interface ApplicationRow {
  /** Of the item: FORMAT, or what another PLP wrote. */
  readonly format: number;
  readonly stream: string;
  readonly project: string;
  readonly folder: string;
  /** Its folder until a round has read its name. */
  readonly name: string;
  readonly round: RowRound | null;
  readonly refused: { readonly round: string; readonly code: string; readonly reason: string } | null;
  readonly requests: readonly OpenRequest[];
  readonly version: number;
  readonly recordedAt: string;
  readonly hash: string;
}

/** An application of which nothing was taken up yet; null for a stream that is no application's. */
export function emptyApplicationRow(stream: string): ApplicationRow | null {
  const [, project, ...rest] = stream.split("#");
  const folder = rest.join("#");
  if (!stream.startsWith("app#") || !project || folder === "") return null;
  return {
    format: FORMAT,
    ...{ stream, project, folder, name: folder, round: null, refused: null, requests: [] },
    ...{ version: 0, recordedAt: "", hash: "" },
  };
}

/** What was last said of a request that was closed since. */
export type ContentOf = (iid: number) => (RequestContent & { readonly openedAt: string }) | undefined;

/** The row after one more event; `contentOf` is asked only where one is reopened. */
export function advanceApplication(
  row: ApplicationRow,
  event: Recorded<ApplicationEvent>,
  contentOf: ContentOf,
): ApplicationRow {
  const { version, recordedAt, hash } = event;
  return { ...after(row, event, contentOf), version, recordedAt, hash };
}

function after(row: ApplicationRow, event: Recorded<ApplicationEvent>, contentOf: ContentOf): ApplicationRow {
  switch (event.type) {
    case "RoundPlanned": {
      const { round, name, windowEnd, roles, excluded, failed } = event.data;
      const planned = roles.map(({ role, environment, accountId, run }) => ({
        ...{ roleArn: role.arn, environment, accountId, run },
      }));
      return {
        ...row,
        name,
        round: { round, plannedAt: event.occurredAt, windowEnd, roles: planned, excluded, failed },
        refused: row.refused?.round === round ? row.refused : null,
      };
    }
    case "ApplicationRefused": {
      const { round, code, reason } = event.data;
      return { ...row, refused: { round, code, reason } };
    }
    case "RequestOpened":
    case "RequestUpdated": {
      const known = row.requests.find(({ iid }) => iid === event.data.iid);
      return withRequest(row, event.data, known?.openedAt ?? event.occurredAt);
    }
    case "RequestReopened": {
      const content = contentOf(event.data.iid);
      return content === undefined ? row : withRequest(row, content, content.openedAt);
    }
    case "RequestFrozen":
      return {
        ...row,
        requests: row.requests.map((request) =>
          request.iid === event.data.iid ? { ...request, status: "frozen" } : request,
        ),
      };
    case "RequestMerged":
    case "RequestClosed":
      return { ...row, requests: row.requests.filter(({ iid }) => iid !== event.data.iid) };
    default:
      return row;
  }
}

function withRequest(
  row: ApplicationRow,
  { kind, iid, url, title, roles }: RequestContent,
  openedAt: string,
): ApplicationRow {
  const roleArns = roles.map(({ role }) => role.arn);
  const open: OpenRequest = { kind, iid, url, title, openedAt, roleArns, status: "open" };
  const others = row.requests.filter((request) => request.iid !== iid);
  return { ...row, requests: [...others, open].sort((a, b) => a.iid - b.iid) };
}
