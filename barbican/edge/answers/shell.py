"""
What every page of the edge has around it: head, style, mark and the line that says it is local.

The style is in the page and named by hash in the policy, as the edge has no files to serve. There
is no script anywhere. Colours and type are those of the portal.
"""

from __future__ import annotations

import base64
import html
from hashlib import sha256

STYLE = (
    ":root{color-scheme:light dark;--page:light-dark(#f5f4f0,#121416);"
    "--surface:light-dark(#fff,#1c2023);--text:light-dark(#1b1d1f,#eceef0);"
    "--muted:light-dark(#555b61,#a9b1b8);--link:light-dark(#0a5aa8,#86bdff);"
    "--brand:light-dark(#b23c0b,#ff9a6b);--control:light-dark(#7f858a,#6f777e);"
    "--rule:light-dark(#dedbd3,#2f353a);--fail:light-dark(#ae1f17,#ff8e84);"
    "--fail-tint:light-dark(#fcebe9,#2e1513);--pass:light-dark(#0a6638,#62d196);"
    "--pass-tint:light-dark(#e6f4ec,#10261a);--line:#f2b705;--dark:#1b1d1f}"
    "*{box-sizing:border-box}"
    "html{font:106.25%/1.55 system-ui,sans-serif;text-size-adjust:100%}"
    "body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--page);"
    "color:var(--text);overflow-wrap:break-word}"
    "header,main,footer{width:100%;margin:0 auto;padding:0 1.25rem}"
    ".wide header,.wide main,.wide footer{max-width:42rem}"
    ".card header,.card main,.card footer{max-width:29.5rem}"
    "header{display:flex;flex-wrap:wrap;align-items:center;gap:.3rem .6rem;"
    "padding-top:clamp(1rem,6vh,4rem);padding-bottom:1rem;font-weight:650}"
    "header svg{width:1.75rem;height:1.75rem;flex:none}"
    ".badge{font:600 .76rem/1.4 system-ui,sans-serif;color:var(--brand);background:var(--surface);"
    "border:1px solid var(--rule);border-radius:99px;padding:.1rem .6rem}"
    ".panel{background:var(--surface);border:1px solid var(--rule);border-radius:6px;"
    "padding:1.6rem clamp(1.1rem,5vw,1.9rem) 1.7rem}"
    ".panel::before{content:'';display:block;height:6px;width:35%;margin-bottom:1.35rem;"
    "background:var(--line);border:1px solid light-dark(#1b1d1f,#f2b705)}"
    ".stop{display:block;width:26px;height:26px;"
    "margin:calc(-16px - 1.35rem) 0 calc(1.35rem - 10px) calc(35% - 13px)}"
    "h1{font-size:1.7rem;line-height:1.2;letter-spacing:-.02em;margin:0 0 .6rem;"
    "text-wrap:balance}.refused h1{color:var(--fail)}"
    "h2{font-size:1.05rem;line-height:1.3;margin:1.6rem 0 .4rem}"
    "p{margin:0 0 .9rem}p:last-child{margin-bottom:0}.muted,dt,footer{color:var(--muted)}"
    ".small,footer{font-size:.88rem}"
    "a{color:var(--link);text-underline-offset:.18em}"
    "code{font:.88em/1.5 ui-monospace,monospace}"
    "blockquote{margin:0 0 .9rem;padding-left:.9rem;border-left:4px solid var(--rule)}"
    "pre{margin:0 0 .9rem;padding:.7rem .9rem;white-space:pre-wrap;background:var(--page);"
    "border:1px solid var(--rule);border-radius:6px;overflow-wrap:anywhere}"
    "dl{margin:1.3rem 0}dl div{display:flex;flex-wrap:wrap;gap:0 1.25rem;margin-top:.35rem}"
    "dt{width:8.5rem}dd{flex:1 1 10rem;margin:0;overflow-wrap:anywhere}"
    "@media (max-width:30rem){dd{flex-basis:100%}}"
    ".ways{display:flex;flex-wrap:wrap;gap:0 1.25rem;margin:0;padding:0;list-style:none}"
    ".ways a{display:inline-block;padding:.35rem 0}"
    "form{margin:1.2rem 0 0}label{display:block;font-weight:600;margin-bottom:.3rem}"
    "input{width:100%;min-height:2.75rem;padding:.4rem .7rem;font:inherit;color:var(--text);"
    "background:var(--surface);border:1px solid var(--control);border-radius:6px}"
    "input[aria-invalid=true]{border:2px solid var(--fail)}"
    ".pin{font:600 1.55rem/1.3 ui-monospace,monospace;letter-spacing:.3em}"
    "button{width:100%;min-height:2.75rem;margin-top:1rem;padding:.4rem 1rem;font:inherit;"
    "font-weight:600;color:var(--surface);background:var(--text);border:1px solid var(--text);"
    "border-radius:6px;cursor:pointer}button:hover{text-decoration:underline}"
    ".hint{margin:.4rem 0 0;font-size:.88rem;color:var(--muted)}"
    ".note{display:flex;gap:.6rem;margin:1rem 0;padding:.65rem .8rem;border-radius:6px;"
    "border-left:4px solid}.note svg{width:1.3rem;height:1.3rem;flex:none;margin-top:.12rem}"
    ".bad{color:var(--fail);background:var(--fail-tint)}"
    ".good{color:var(--pass);background:var(--pass-tint)}"
    ".again{margin-top:1.4rem}"
    ".mails{list-style:none;margin:1.2rem 0 0;padding:0}"
    ".mails li{padding:1rem 0;border-top:1px solid var(--rule)}"
    ".code{display:block;font:600 1.9rem/1.3 ui-monospace,monospace;letter-spacing:.18em}"
    "footer{padding-top:1.1rem;padding-bottom:2.5rem}"
    ":focus-visible{outline:3px solid var(--line);outline-offset:2px;"
    "box-shadow:0 0 0 2px var(--dark)}"
    "@media (forced-colors:active){.note{border:1px solid}.panel::before{forced-color-adjust:none}}"
)
_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode()

MARK = (
    '<svg viewBox="0 0 32 32" aria-hidden="true"><path fill="var(--brand)" d="M3 30V15a13 13 0 0 1'
    ' 26 0v15h-7V15a6 6 0 0 0-12 0v15z"/><path fill="#1b1d1f" d="M0 18h32v7H0z"/>'
    '<path fill="#f2b705" d="M0 19.5h32v4H0z"/></svg>'
)
# Where the yellow line ends when somebody is refused: a cross in an octagon.
STOP = (
    '<svg class="stop" viewBox="0 0 26 26" aria-hidden="true"><path fill="var(--fail)" '
    'stroke="var(--surface)" stroke-width="2" d="M8.6 2h8.8L24 8.6v8.8L17.4 24H8.6L2 17.4V8.6z"/>'
    '<path stroke="var(--surface)" stroke-width="2.4" d="M9 9l8 8m0-8l-8 8"/></svg>\n'
)
FOOTER = (
    "<p>This is the local edge of the Barbican Identity Demo, a stand-in for Cloudflare Access "
    "that runs on this machine only. It is not Cloudflare.</p>"
)

_DOCUMENT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title><link rel="icon" href="data:,">
<style>{style}</style></head>
<body class="{kind}">
<header>{mark}<span>Barbican</span> <span class="badge">Local edge</span></header>
<main><div class="panel">
{stop}{content}
</div></main>
<footer>{footer}</footer>
</body>
</html>
"""


def policy(form_action: str = "'none'") -> str:
    """Return the Content-Security-Policy of a page whose forms may lead there."""
    return (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; frame-ancestors 'none'; "
        f"base-uri 'none'; form-action {form_action}"
    )


def document(title: str, content: str, *, kind: str = "card", footer: str = FOOTER) -> str:
    """Return a whole page. `content` and `footer` are HTML, `title` is text."""
    return _DOCUMENT.format(
        title=html.escape(f"{title} (local edge)"),
        style=STYLE,
        kind=kind,
        mark=MARK,
        stop=STOP if "refused" in kind.split() else "",
        content=content,
        footer=footer,
    )
