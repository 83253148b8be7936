import { html } from "hono/html";
import { type Context, project, userOf } from "../context.ts";
import { currentJob, type Job, type Pipeline, pipelineStatus } from "../pipelines/pipeline.ts";
import { terraformReport } from "../pipelines/plan.ts";
import { isStartable } from "../pipelines/view.ts";
import { mayStart } from "../routes/pipelines.ts";
import { badge, form, type Html, home, layout, said, time, type Viewer } from "./layout.ts";

const pipelineLink = ({ id }: Pipeline) => `/${project.fullPath}/-/pipelines/${id}`;
const jobLink = ({ id }: Job) => `/${project.fullPath}/-/jobs/${id}`;

/** The button that starts a job, for who may; empty for who may not or where there is nothing to start. */
export function startButton(
  context: Context,
  viewer: Viewer,
  pipeline: Pipeline,
  job: Job,
  back: string,
): Html {
  if (!isStartable(pipeline, job) || !mayStart(context, viewer.user, pipeline)) return html``;
  if (job.status === "success" && job.name === "apply") return html``;
  const manual = job.status === "manual";
  const text = manual ? `Start ${job.name}` : `Run ${job.name} again`;
  const button = html`<button type="submit" class="${manual ? "main" : ""}">${text}</button>`;
  return form(viewer, jobLink(job), { action: manual ? "play" : "retry", back }, button);
}

/** The jobs of a pipeline that count, with links to their logs. */
export function jobList(context: Context, viewer: Viewer, pipeline: Pipeline, back: string): Html {
  const rows = pipeline.jobs
    .filter(({ retried }) => !retried)
    .map(
      (job) => html`<tr>
<th scope="row"><a href="${jobLink(job)}">${job.name}</a></th>
<td>${badge(job.status)}</td>
<td>${job.startedAt === null ? "" : html`${userOf(context, job.userId).name}, ${time(job.startedAt)}`}</td>
<td>${startButton(context, viewer, pipeline, job, back)}</td>
</tr>`,
    );
  return html`<div class="scroll"><table class="plain">
<thead><tr><th scope="col">Job</th><th scope="col">State</th><th scope="col">Started by</th><th scope="col">Do</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** What the plan comes to, as GitLab's widget of a merge request says it. */
function report(pipeline: Pipeline): Html {
  const plan = currentJob(pipeline, "plan")?.plan ?? null;
  if (plan === null) return html``;
  const { create, update, delete: gone } = terraformReport(plan);
  return html`<p>Terraform: ${create} to add, ${update} to change, ${gone} to delete.</p>`;
}

/** One pipeline in a few lines. */
export function pipelineCard(
  context: Context,
  viewer: Viewer,
  pipeline: Pipeline,
  what: string,
  back: string,
): Html {
  const folders = pipeline.folders.length === 0 ? "" : ` for ${pipeline.folders.join(", ")}`;
  return html`<div class="card">
<p><strong>${what}</strong> <a href="${pipelineLink(pipeline)}">pipeline #${pipeline.id}</a> ${badge(pipelineStatus(pipeline))}
<span class="muted">on <code>${pipeline.sha.slice(0, 8)}</code>${folders}</span></p>
${report(pipeline)}
${pipeline.jobs.length === 0 ? html`<p class="muted">Skipped: the commit says so.</p>` : jobList(context, viewer, pipeline, back)}
</div>`;
}

/** All pipelines, newest first. */
export function pipelinesPage(context: Context, viewer: Viewer): Promise<string> {
  const all = [...context.store.pipelines.values()].toReversed().slice(0, 200);
  const rows = all.map((pipeline) => {
    const of = pipeline.mergeRequest;
    const about =
      of === null
        ? html`<code>${pipeline.branch}</code>`
        : html`<a href="${home}/${of}">merge request !${of}</a>`;
    return html`<tr><td><a href="${pipelineLink(pipeline)}">#${pipeline.id}</a></td><td>${badge(pipelineStatus(pipeline))}</td>
<td>${about} at <code>${pipeline.sha.slice(0, 8)}</code></td><td>${pipeline.folders.join(", ")}</td><td>${time(pipeline.updatedAt)}</td></tr>`;
  });
  const table = html`<div class="scroll"><table class="plain"><thead><tr><th scope="col">Pipeline</th><th scope="col">State</th>
<th scope="col">Of</th><th scope="col">Folders</th><th scope="col">Updated</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  const body = html`<h1>Pipelines</h1>${all.length === 0 ? html`<p>None yet.</p>` : table}`;
  return layout(context, viewer, { title: "Pipelines", back: `/${project.fullPath}/-/pipelines`, body });
}

export function pipelinePage(context: Context, viewer: Viewer, pipeline: Pipeline): Promise<string> {
  const back = pipelineLink(pipeline);
  const of = pipeline.mergeRequest;
  const body = html`<h1>Pipeline #${pipeline.id} ${badge(pipelineStatus(pipeline))}</h1>
<p class="muted">${of === null ? html`On <code>${pipeline.branch}</code>` : html`Of <a href="${home}/${of}">merge request !${of}</a>`},
begun by ${userOf(context, pipeline.userId).name}, ${time(pipeline.createdAt)}</p>
${pipelineCard(context, viewer, pipeline, "Jobs of", back)}`;
  return layout(context, viewer, { title: `Pipeline #${pipeline.id}`, back, body });
}

/** A job and what it wrote. */
export function jobPage(
  context: Context,
  viewer: Viewer,
  pipeline: Pipeline,
  job: Job,
  refusal: string | null = null,
): Promise<string> {
  const back = jobLink(job);
  const body = html`${said(refusal)}<h1>Job ${job.name} #${job.id} ${badge(job.status)}</h1>
<p class="muted">Of <a href="${pipelineLink(pipeline)}">pipeline #${pipeline.id}</a> at <code>${pipeline.sha.slice(0, 8)}</code>${
    job.retried ? "; a newer job stands for it" : ""
  }</p>
<div class="actions">${startButton(context, viewer, pipeline, job, back)}</div>
<h2>Log</h2>
${job.trace === "" ? html`<p class="muted">It has written nothing yet.</p>` : html`<pre class="log" tabindex="0" role="region" aria-label="Log">${job.trace}</pre>`}`;
  return layout(context, viewer, { title: `Job ${job.name} #${job.id}`, back, body });
}
