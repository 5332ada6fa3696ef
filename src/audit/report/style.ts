/**
 * How a report looks. Every pair of text and ground has a contrast of 4.5 at least, and every mark of 3, in light and in
 * dark (WCAG 2.2, 1.4.3 and 1.4.11).
 */
const LIGHT =
  '--ground:#ffffff;--text:#1c2024;--quiet:#59626b;--line:#d9dee3;--soft:#f4f6f8;--allowed:#2a78c2;--denied:#c2570c;--doubt:#7a3fb0;--warn:#fff1e5;--warn-line:#c2570c';
const DARK =
  '--ground:#14171a;--text:#e8ebee;--quiet:#a3adb7;--line:#343b42;--soft:#1d2226;--allowed:#5aa2e6;--denied:#ec8a4b;--doubt:#b98be6;--warn:#3a2415;--warn-line:#ec8a4b';

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.2rem;margin:2.25rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line)}
p,li{overflow-wrap:anywhere;max-width:48rem}
header p{margin:0;color:var(--quiet)}
ul{padding-left:1.25rem}
.warning{background:var(--warn);border-left:4px solid var(--warn-line);padding:.6rem .8rem}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.6rem;margin:0 0 1rem}
.figures div{background:var(--soft);border-radius:6px;padding:.6rem .75rem;display:flex;flex-direction:column}
.figures dt{color:var(--quiet);font-size:.85rem;line-height:1.3;margin-bottom:.2rem}
.figures dd{margin:0;font-size:1.25rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.figures dd.note{margin:0;font-size:.8rem;color:var(--quiet)}
.scroll{overflow-x:auto;margin:1rem 0}
.scroll:focus-visible{outline:2px solid var(--allowed);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;font-weight:600;padding:0 0 .35rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--line);min-width:8rem;max-width:22rem;overflow-wrap:anywhere}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--quiet);font-weight:600;white-space:nowrap;vertical-align:bottom}
tbody th,tfoot th{font-weight:500;min-width:9rem}
tfoot th,tfoot td{font-weight:600;border-bottom:0}
.number,thead th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;min-width:0}
td.code{font:.8rem/1.5 ui-monospace,Menlo,Consolas,monospace;min-width:14rem}
td.who{min-width:13rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1.25rem 2rem;margin:1rem 0 1.5rem}
figure{margin:0;min-width:0}
figcaption{font-weight:600;margin-bottom:.35rem}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:0 0 .4rem;padding:0;font-size:.85rem;color:var(--quiet)}
.swatch{display:inline-block;width:.75rem;height:.75rem;border-radius:2px;margin-right:.35rem;vertical-align:-.05rem}
.swatch.allowed{background:var(--allowed)}.swatch.denied{background:var(--denied)}.swatch.doubt{background:var(--doubt)}
.chart{display:flex}
.scale{flex:none}
.plot{flex:1;min-width:0;overflow:hidden}
svg text{font-size:11px;fill:var(--quiet)}
svg text.name{font-size:13px;fill:var(--text)}
rect.allowed{fill:var(--allowed)}rect.denied{fill:var(--denied)}rect.doubt{fill:var(--doubt)}rect.track{fill:var(--soft)}
.grid{stroke:var(--line);stroke-width:1}
@media print{:root{${LIGHT}}body{font-size:10pt}main{max-width:none;padding:0}h2,figcaption,caption{break-after:avoid}figure,tr,.figures div{break-inside:avoid}.scroll{overflow:visible}th,td,tbody th,td.code,td.who{min-width:0}thead th,.number{white-space:normal}thead{display:table-header-group}rect,.swatch,.figures div,.warning{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
