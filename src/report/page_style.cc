#include "report/page_style.h"

namespace hedge::report {

const std::string_view kPageStyle = R"(
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d1f23; --quiet: #5d636c; --rule: #d5d9de; --grid: #e8ebee; --wash: #f5f6f8;
  --bar: #5b87b8; --worst: #c2410c; --good: #2c7a4b; --allowed: #dcebdf; --unknown: #b9bfc7; --kept: #a9b0b8;
  --p0: #2f6299; --p1: #6f9cc9; --p2: #2b8a83; --p3: #c08a1e; --p4: #a94a4a; --inside: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --ink: #e4e6e9; --quiet: #9aa1ab; --rule: #353a41; --grid: #262a30; --wash: #1c1f24;
    --bar: #6c9bd0; --worst: #f08a4b; --good: #62b987; --allowed: #22372a; --unknown: #4a5058; --kept: #5c636c;
    --p0: #5a8fc9; --p1: #35618f; --p2: #3da79f; --p3: #d3a03a; --p4: #cf6f6f; --inside: #0d0f11;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 72rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
h1 { font-size: 1.55rem; font-weight: 600; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.08rem; font-weight: 600; margin: 2.75rem 0 .5rem; padding-top: .6rem;
  border-top: 1px solid var(--rule); }
p { margin: .35rem 0; max-width: 46rem; }
.quiet, figcaption { color: var(--quiet); }
nav { margin-top: 1rem; font-size: .9rem; }
nav a { color: var(--quiet); margin-right: .8rem; white-space: nowrap; }
.verdict { font-size: 1.05rem; margin: 1rem 0; padding: .6rem .9rem; background: var(--wash); border-left: 4px solid; }
.verdict.good { border-color: var(--good); }
.verdict.bad { border-color: var(--worst); }
.verdict b { font-weight: 600; }
dl.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem 1.5rem;
  margin: 1.5rem 0; }
dl.facts dt { color: var(--quiet); font-size: .85rem; }
dl.facts dd { margin: 0; font-size: 1.25rem; }
dl.facts dd small { font-size: .85rem; color: var(--quiet); }
figure { margin: 1rem 0; }
.scroll { overflow-x: auto; }
.scroll > svg { display: block; width: 100%; height: auto; }
.plain > svg { display: block; width: 100%; min-width: 0 !important; height: auto; }
figcaption { font-size: .85rem; margin-top: .5rem; }
ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; padding: 0; margin: .6rem 0;
  font-size: .88rem; }
ul.legend i { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; vertical-align: -1px; }
ol.worst { padding-left: 1.4rem; margin: .6rem 0; font-size: .9rem; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th { text-align: left; font-weight: 600; color: var(--quiet); white-space: nowrap; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
thead th { border-bottom: 1px solid var(--rule); }
.n { text-align: right; white-space: nowrap; }
.name { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .92em;
  overflow-wrap: anywhere; min-width: 16rem; }
.why { min-width: 9rem; overflow-wrap: anywhere; }
.nowrap { white-space: nowrap; }
td.worst { color: var(--worst); font-weight: 600; }
.op { overflow-wrap: anywhere; min-width: 7.6rem; }
td svg { vertical-align: middle; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--wash); padding: .7rem .9rem; margin: .5rem 0;
  font-size: .85rem; }
svg text { fill: var(--ink); font-size: 12px; font-family: inherit; }
svg text.tick { fill: var(--quiet); font-size: 11.5px; }
svg text.inside { fill: var(--inside); font-weight: 600; }
svg text.number { fill: var(--worst); font-weight: 700; font-size: 11.5px; paint-order: stroke;
  stroke: var(--paper); stroke-width: 3px; }
svg text.label { font-size: 13px; paint-order: stroke; stroke: var(--paper); stroke-width: 5px; }
.axis { stroke: var(--quiet); stroke-width: 1; }
.grid { stroke: var(--rule); stroke-width: 1; }
.leader { stroke: var(--quiet); stroke-width: 1; }
.limit { stroke: var(--good); stroke-width: 2; }
.allowed { fill: var(--allowed); }
.before { fill: var(--paper); stroke: var(--ink); stroke-width: 2; }
.after { stroke: var(--paper); stroke-width: 1.5; }
.after.good { fill: var(--good); }
.after.bad { fill: var(--worst); }
.bar { fill: var(--bar); }
.bar.worst { fill: var(--worst); }
.bar.kept { fill: var(--kept); }
.unknown { fill: var(--unknown); }
.weights { fill: var(--ink); }
.chosen { fill: var(--bar); opacity: .55; }
.seen { stroke: var(--ink); stroke-width: 1.5; }
.track { fill: var(--grid); }
.dot { fill: var(--bar); }
.precision0 { fill: var(--p0); } .precision1 { fill: var(--p1); } .precision2 { fill: var(--p2); }
.precision3 { fill: var(--p3); } .precision4 { fill: var(--p4); }
i.precision0 { background: var(--p0); } i.precision1 { background: var(--p1); } i.precision2 { background: var(--p2); }
i.precision3 { background: var(--p3); } i.precision4 { background: var(--p4); }
i.bar { background: var(--bar); } i.bar.worst { background: var(--worst); } i.bar.kept { background: var(--kept); }
ul.legend i.weights { background: var(--ink); border-radius: 50%; width: .4rem; height: .4rem; vertical-align: 2px; }
ul.legend i.seen { background: var(--ink); height: 2px; vertical-align: 4px; }
i.chosen { background: var(--bar); opacity: .55; }
@media print { body { max-width: none; padding: 0; } nav { display: none; } }
)";

}  // namespace hedge::report
