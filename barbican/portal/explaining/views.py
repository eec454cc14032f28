"""
“Explain this response”: a form for people, and an address to which curl's output is sent.

The paste is looked at in memory. It is not stored, not logged and not sent on, and what comes back
has every secret masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt

from barbican.access import conf
from barbican.portal import context, copy, errors, places
from barbican.portal.explaining import incoming, outgoing
from barbican.portal.explaining.examples import EXAMPLES
from barbican.portal.explaining.explain import MAX_PASTE
from barbican.portal.explaining.explain import explain as explained
from barbican.portal.explaining.explanation import NOTHING_TOLD, Explanation, Told
from barbican.portal.explaining.paste import clean
from barbican.portal.explaining.veil import veiled
from barbican.portal.pages import keep_private
from barbican.portal.registry import demos
from barbican.portal.reply import in_form, public
from barbican.portal.troubleshooting import local

ALLOWED = ("GET", "HEAD", "POST")
PATH = "/troubleshooting/explain/"


@csrf_exempt  # `incoming.is_from_another_site` says why, and what is done instead
def explain(request: HttpRequest) -> HttpResponse:
    """Show the form, an example, or what a paste means."""
    if request.method not in ALLOWED:
        return errors.method_not_allowed(request, ALLOWED)
    if request.method != "POST":
        example = EXAMPLES.get(request.GET.get("example", ""))
        paste = example.text if example else ""
        found = explained(paste) if example else None
        return public(request, _answer(request, shown(paste), NOTHING_TOLD, found))
    return keep_private(_posted(request))


def _posted(request: HttpRequest) -> HttpResponse:
    if incoming.is_from_another_site(request):
        return errors.respond(
            request, 403, "Another site sent this form.", "Open the page here and paste it there."
        )
    try:
        paste, told = incoming.read(request)
    except incoming.TooLargeError:
        return errors.respond(
            request,
            413,
            f"This reads {MAX_PASTE // 1024} kB of an answer, and more was sent.",
            "Send the status lines and the headers, and the first lines of the body.",
        )
    except incoming.NoLengthError:
        return errors.respond(request, 411)
    except incoming.BrokenOffError:
        return errors.respond(request, 400, "The request broke off.", "Send it again.")
    except ValueError:
        return errors.respond(request, 400, "The form cannot be read.", "Send plain text.")
    if not paste.strip():
        return errors.respond(
            request,
            400,
            "Nothing was pasted.",
            "Paste the output of curl -i, or pipe it: curl -sSi … 2>&1 | curl -s --data-binary @- "
            f"{places.explain_url(places.origin(request))} (curl's error goes to stderr: add 2>&1)",
        )
    return _answer(request, shown(paste), told, explained(paste, told, applications()))


def shown(paste: str) -> str:
    """Return the paste as the form holds it: masked, and with nothing that steers a terminal."""
    text = veiled(clean(paste))
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)


def applications() -> Mapping[str, str]:
    """Return which application of this portal each of its AUD tags belongs to."""
    pages = copy.edition().pages
    names = {demo.application: f"{pages[slug].title} demo" for slug, demo in demos().items()}
    return {
        tag: f"this portal's {names.get(name, name)}"
        for name, entry in conf.applications().items()
        for tag in entry.get("audience_tags", ())
    }


def _answer(
    request: HttpRequest, paste: str, told: Told, found: Explanation | None
) -> HttpResponse:
    """`paste` is masked before it comes here: the form holds it for the next question."""
    base, at = places.origin(request), local.of(request)
    return in_form(
        request,
        {
            "html": lambda: _page(request, paste, told, found),
            "json": lambda: outgoing.document(base, found, at),
            "txt": lambda: outgoing.text(base, found, at),
            "md": lambda: outgoing.markdown(base, found, at),
        },
    )


def _page(request: HttpRequest, paste: str, told: Told, found: Explanation | None) -> str:
    values: dict[str, Any] = {
        **context.of_a_request(request, PATH),
        "request_id": "",
        "paste": paste,
        "told": told,
        "found": outgoing.shown(found, local.of(request)) if found else None,
        "examples": [(name, each.label) for name, each in EXAMPLES.items()],
        "max_paste": MAX_PASTE,
        "explain_url": places.explain_url(places.origin(request)),
    }
    return render_to_string("troubleshooting/explain.html", values)
