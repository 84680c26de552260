/** Of the reference page; it loads nothing, and follows the reader's system between light and dark. */
export const DOCS_STYLES = `
:root{color-scheme:light dark;--surface:light-dark(#fcfcfc,#0f0f0f);--raised:light-dark(#fff,#181818);
--line:light-dark(#dedede,#333);--text:light-dark(#171717,#f2f2f2);--muted:light-dark(#636363,#a3a3a3);
--accent:light-dark(#4a3fb5,#b3aef5);--soft:light-dark(#f0effb,#26243f)}
*{box-sizing:border-box}
body{margin:0;background:var(--surface);color:var(--text);font:16px/1.55 system-ui,sans-serif}
.page{display:grid;grid-template-columns:minmax(13rem,17rem) minmax(0,1fr);gap:2rem;max-width:80rem;margin:0 auto;padding:2rem 1.25rem 6rem}
header,footer{grid-column:1/-1}
h1{margin:0;font-size:1.75rem;line-height:1.2}h2{margin:2.5rem 0 .5rem;font-size:1.3rem}h3{margin:1.25rem 0 .4rem;font-size:.95rem}
a{color:var(--accent)}a:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
p{margin:.4rem 0;max-width:70ch}ul{margin:.4rem 0;padding-left:1.2rem}
code,pre{font:.875em/1.5 ui-monospace,Menlo,Consolas,monospace}
pre{margin:.5rem 0;padding:.75rem 1rem;overflow-x:auto;background:var(--soft);border-radius:.5rem;white-space:pre-wrap;overflow-wrap:anywhere}
nav{position:sticky;top:1rem;align-self:start;max-height:calc(100vh - 2rem);overflow-y:auto;font-size:.9rem}
nav ul{list-style:none;margin:0 0 1rem;padding:0}nav li{margin:.15rem 0}nav strong{display:block;margin-top:.5rem}
article{background:var(--raised);border:1px solid var(--line);border-radius:.6rem;margin:.6rem 0}
summary{display:flex;flex-wrap:wrap;gap:.2rem .75rem;align-items:baseline;padding:.7rem 1rem;cursor:pointer}
summary .what{color:var(--muted)}
.method{font:600 .75rem/1.6 ui-monospace,Menlo,monospace;background:var(--soft);color:var(--accent);border-radius:.3rem;padding:.1rem .45rem;min-width:4.2rem;text-align:center}
.path{overflow-wrap:anywhere}
.more{scroll-margin-top:4rem;padding:.25rem 1rem 1rem;border-top:1px solid var(--line)}
dl{margin:.4rem 0;font-size:.9rem}
dl div{display:grid;grid-template-columns:minmax(9rem,18rem) minmax(0,1fr);gap:.25rem 1rem;padding:.4rem 0;border-bottom:1px solid var(--line)}
dt,dd{margin:0;overflow-wrap:anywhere}
.must{color:var(--muted);font-size:.75rem}.text{color:var(--muted)}.kind{color:var(--muted)}
@media(max-width:52rem){.page,dl div{display:block}nav{position:static;max-height:none}}
`;
