/** The page's only style sheet; served from here, so that nothing on a page needs an inline style. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #fbfbfd; --raised: #fff; --line: #d5d9e0; --soft: #f1f3f6; --text: #1c2430; --muted: #55606f;
  --link: #1557b0; --accent: #1b5fc1; --on-accent: #fff; --focus: #1b5fc1;
  --good: #14692f; --good-ground: #def4e4; --bad: #a3182a; --bad-ground: #fde6e8;
  --wait: #7a4a00; --wait-ground: #fdf0d5; --add: #e4f7e8; --add-mark: #1a7a38; --del: #fdebed; --del-mark: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171c; --raised: #1b1f26; --line: #363d48; --soft: #232932; --text: #e4e8ee; --muted: #a3adba;
    --link: #8ab4f8; --accent: #8ab4f8; --on-accent: #10151c; --focus: #a9c9ff;
    --good: #84d99c; --good-ground: #14331e; --bad: #ff9aa4; --bad-ground: #411a1f;
    --wait: #f3c56b; --wait-ground: #3a2b0c; --add: #12301b; --add-mark: #84d99c; --del: #3b1a1e; --del-mark: #ff9aa4;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: .25rem; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--raised); padding: .5rem 1rem; z-index: 1; }
.top { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between;
  padding: .6rem 1.25rem; border-bottom: 1px solid var(--line); background: var(--raised); }
.top nav { display: flex; flex-wrap: wrap; gap: .25rem .75rem; }
.top form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; min-width: 0; max-width: 100%; }
main { max-width: 80rem; margin: 0 auto; padding: 1.25rem; }
h1 { font-size: 1.45rem; line-height: 1.3; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
.muted { color: var(--muted); font-size: .9rem; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) 17rem; gap: 1.5rem; align-items: start; }
.card { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin: 0 0 1rem; }
.card > :first-child { margin-top: 0; } .card > :last-child { margin-bottom: 0; }
.side dl { margin: 0; } .side dt:first-child { margin-top: 0; } .side dt { color: var(--muted); font-size: .85rem; margin-top: .6rem; } .side dd { margin: 0; overflow-wrap: anywhere; }
.badge { display: inline-block; border: 1px solid var(--line); border-radius: 1rem; padding: .05rem .65rem; font-size: .85rem;
  font-weight: 600; background: var(--soft); color: var(--text); white-space: nowrap; vertical-align: middle; }
.badge.good { background: var(--good-ground); color: var(--good); } .badge.bad { background: var(--bad-ground); color: var(--bad); }
.badge.wait { background: var(--wait-ground); color: var(--wait); }
button, select, textarea { font: inherit; color: inherit; border: 1px solid var(--line); border-radius: .35rem; background: var(--raised); }
button { padding: .35rem .9rem; cursor: pointer; font-weight: 600; } button:hover { border-color: var(--muted); }
button.main { background: var(--accent); color: var(--on-accent); border-color: var(--accent); }
button[disabled] { cursor: not-allowed; color: var(--muted); background: var(--soft); border-color: var(--line); }
select { padding: .3rem .5rem; min-width: 0; max-width: 100%; } textarea { width: 100%; padding: .5rem .75rem; min-height: 6rem; resize: vertical; }
textarea.code { font: .86rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre; overflow-x: auto; }
input#message { width: 100%; padding: .35rem .6rem; font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: .35rem; }
label { display: inline-block; margin: .5rem 0 .25rem; } .edit { margin: 0; padding: .25rem 1rem; font-size: .9rem; border-bottom: 1px solid var(--line); }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; margin: .75rem 0 .25rem; } .actions form { margin: 0; } .actions:empty { display: none; }
.said { border-left: .3rem solid var(--bad); background: var(--bad-ground); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; } th, td { text-align: left; vertical-align: top; }
.text table, .plain { margin: .5rem 0; width: auto; } .plain { width: 100%; }
.text th, .text td, .plain th, .plain td { border: 1px solid var(--line); padding: .3rem .6rem; }
.text th, .plain th { background: var(--soft); font-size: .9rem; } [align="right"] { text-align: right; } [align="center"] { text-align: center; }
.text { overflow-x: auto; overflow-wrap: break-word; } .text > :first-child { margin-top: 0; } .text > :last-child { margin-bottom: 0; }
.text ul, .text ol { padding-left: 1.5rem; } .text li:has(> input), .text li:has(> p > input) { list-style: none; margin-left: -1.4rem; }
.text blockquote { margin: .5rem 0; padding: 0 1rem; border-left: .25rem solid var(--line); color: var(--muted); }
.text th code { white-space: nowrap; } .text td:not([align="right"]) { min-width: 8rem; }
summary { cursor: pointer; }
code, pre, .diff { font: .86rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.text code { background: var(--soft); border-radius: .25rem; padding: .05rem .3rem; overflow-wrap: anywhere; }
pre { background: var(--soft); border-radius: .35rem; padding: .75rem; overflow-x: auto; margin: .5rem 0; } pre code { background: none; padding: 0; }
.log { white-space: pre-wrap; overflow-wrap: anywhere; }
.file { padding: 0; overflow: hidden; } .file > summary { padding: .55rem 1rem; background: var(--soft); overflow-wrap: anywhere; }
.file[open] > summary { border-bottom: 1px solid var(--line); }
.diff { width: 100%; } .diff td { padding: 0 .6rem; white-space: pre; } .diff .no { color: var(--muted); text-align: right; width: 1%; user-select: none; border-right: 1px solid var(--line); }
.diff .sign { width: 1%; padding: 0 0 0 .6rem; user-select: none; } .diff .code { padding-left: .35rem; }
.diff .add { background: var(--add); } .diff .add .sign { color: var(--add-mark); font-weight: 700; }
.diff .del { background: var(--del); } .diff .del .sign { color: var(--del-mark); font-weight: 700; } .diff .hunk td { color: var(--muted); background: var(--soft); }
.counts .plus { color: var(--add-mark); } .counts .minus { color: var(--del-mark); }
.notes { list-style: none; padding: 0; }
.note > header { border-bottom: 1px solid var(--line); margin: -.25rem 0 .5rem; padding-bottom: .35rem; }
.event { color: var(--muted); margin: .25rem 0 .75rem 1rem; font-size: .92rem; } .event p { display: inline; margin: 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.hidden + * { margin-top: 0; }
@media (max-width: 60rem) { .columns { grid-template-columns: minmax(0, 1fr); } main { padding: .75rem; } .top { padding: .6rem .75rem; } h1 { font-size: 1.2rem; } }
`;
