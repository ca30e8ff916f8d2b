"""How the report's page looks, by day and by night."""

CSS = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --faint: #5b6570; --line: #d5dae0;
  --stripe: #f5f7f9; --green: #1a8a4a; --amber: #e0a000; --red: #cc2f2f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --paper: #15181c; --faint: #9aa5b1;
  --line: #363d45; --stripe: #1d2126; --green: #3fbf78; --amber: #f0b93a; --red: #f26d6d; } }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.7rem; margin: 0.5rem 0 1rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 0.6rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 0.4rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.25rem 0.9rem 0.25rem 0.4rem; vertical-align: top; }
td { white-space: nowrap; }
td:last-child { white-space: normal; min-width: 10rem; }
thead th { border-bottom: 2px solid var(--line); }
tbody th { font-weight: normal; min-width: 11rem; }
tbody tr:nth-child(even) { background: var(--stripe); }
.facts th { color: var(--faint); white-space: nowrap; min-width: 0; }
.facts td { white-space: normal; overflow-wrap: anywhere; }
.small, details { font-size: 0.9rem; }
.small, figcaption { color: var(--faint); }
.summary { font-size: 1.05rem; }
.dot { display: inline-block; width: 0.75em; height: 0.75em; border-radius: 50%; margin: 0 0.45em 0 0.15em;
  border: 1px solid var(--faint); }
.green { background: var(--green); border-color: var(--green); }
.pale { border: 2px solid var(--green); }
.amber { background: var(--amber); border-color: var(--amber); }
.red { background: var(--red); border-color: var(--red); }
details { margin: 1rem 0; }
summary { cursor: pointer; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(28rem, 100%), 1fr)); gap: 1.5rem;
  grid-auto-flow: row dense; }
figure { margin: 0; min-width: 0; }
.whole { grid-column: 1 / -1; }
img { max-width: 100%; height: auto; background: #ffffff; border-radius: 6px; padding: 0.4rem;
  box-sizing: border-box; }
figcaption { max-width: 46rem; margin-top: 0.3rem; }
"""
"""Plots have black lines: they keep white paper by night too."""
