"""
A demo's page as it would be, for those alone who may edit it: from the form, or as it is saved.

The page is the real one, with the evidence of the editor's own request. Nothing of it is saved,
cached or counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied
from django.forms.formsets import all_valid
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from barbican.portal import copy, errors, html
from barbican.portal.context import DemoShell
from barbican.portal.markdown import render
from barbican.portal.models import Demo, Section
from barbican.portal.pages import keep_private
from barbican.portal.registry import demos
from barbican.portal.shipped import PageCopy

_METHODS = ("GET", "HEAD", "POST")
_UNSAVED = "These words stand in your form only: visitors see what was saved last."
_OFF = "These are the words that were saved last. The page is switched off: visitors get a 404."
_SAVED = "These words are saved, and visitors see them."


@dataclass(frozen=True, slots=True)
class PreviewShell:
    """A demo's page with a notice on it, and nothing for search engines."""

    page: DemoShell
    notice: str

    def context(self) -> dict[str, Any]:
        mine = {"notice": self.notice, "is_private": True, "canonical": "", "social_image": ""}
        return {**self.page.context(), **mine}


class PreviewMixin:
    """Adds `<id>/preview/` to an admin of demos: GET shows what is saved, POST what is typed."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.preview_view)  # type: ignore[attr-defined]
        own = path("<path:object_id>/preview/", view, name="portal_demo_preview")
        return [own, *super().get_urls()]  # type: ignore[misc]

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """
        Return the page to whoever may see the words, and from a form to whoever may change them.

        Raises `Http404`, or `PermissionDenied`.
        """
        if request.method not in _METHODS:
            return errors.method_not_allowed(request, _METHODS)
        demo = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if demo is None or demo.slug not in demos():
            raise Http404("There is no such demo here.")
        if request.method == "POST":
            return self._of_the_form(request, demo)
        if not self.has_view_or_change_permission(request, demo):  # type: ignore[attr-defined]
            raise PermissionDenied
        if "format" in request.GET:  # a link of the page: the other forms are the page's own
            query = urlencode({"format": request.GET["format"]})
            return HttpResponseRedirect(f"{demo.get_absolute_url()}?{query}")
        saved = copy.page_of(demo, demo.sections.prefetch_related("callouts"))
        return shown(request, demo, saved, _SAVED if demo.is_published else _OFF)

    def _of_the_form(self, request: HttpRequest, demo: Demo) -> HttpResponse:
        admin: Any = self
        if not admin.has_change_permission(request, demo):
            raise PermissionDenied
        fields = flatten_fieldsets(admin.get_fieldsets(request, demo))
        form = admin.get_form(request, demo, change=True, fields=fields)(
            request.POST, request.FILES, instance=demo
        )
        formsets, _inlines = admin._create_formsets(request, demo, change=True)  # noqa: SLF001
        # Both are asked, so that all that is wrong is said at once.
        if not all([form.is_valid(), all_valid(formsets)]):
            return self._refused(request, demo, list(_mistakes(form, formsets)))
        sections = sorted(
            (each for formset in formsets for each in _typed(formset)),
            key=lambda each: (each.order, each.pk or float("inf")),
        )
        return shown(request, demo, copy.page_of(demo, sections), _UNSAVED)

    def _refused(self, request: HttpRequest, demo: Demo, mistakes: list[str]) -> HttpResponse:
        site = self.admin_site  # type: ignore[attr-defined]
        values = {
            **site.each_context(request),
            "title": "No preview yet",
            "original": Demo.objects.get(pk=demo.pk),  # not as it was typed
            "opts": Demo._meta,
            "mistakes": mistakes,
        }
        return TemplateResponse(
            request,
            "admin/portal/demo/no_preview.html",
            values,
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
        )


def shown(request: HttpRequest, demo: Demo, page: PageCopy, what: str) -> HttpResponse:
    """Return the page with its notice. It is 200, whatever the editor's own token is worth."""
    config = demos()[demo.slug]
    examination = request.access.for_application(config.application)  # type: ignore[attr-defined]
    around = PreviewShell(
        page=html.shell(request, page, 0, examination, "Preview"), notice=_notice(demo, what)
    )
    body = html.render_unkept(request, around, examination, config.template)
    response = keep_private(HttpResponse(body))
    response["X-Robots-Tag"] = "noindex"
    return response


def _notice(demo: Demo, what: str) -> str:
    words = format_html(
        '<p>{} The evidence below is that of your own request. <a href="{}">Back to the form</a>'
        "</p>",
        what,
        reverse("admin:portal_demo_change", args=(demo.pk,)),
    )
    title = "Preview: as published" if what == _SAVED else "Preview: not published"
    return render_to_string(
        "includes/callout.html", {"kind": "warning", "title": title, "html": words}
    )


def _typed(formset: Any) -> Iterator[Section]:
    """Yield the sections that a save would leave, rendered as a save would."""
    for form in formset.forms:
        is_blank = form in formset.extra_forms and not form.has_changed()
        if is_blank or form in formset.deleted_forms:
            continue
        section: Section = form.instance
        section.body_html = render(section.body)
        yield section


def _mistakes(form: Any, formsets: Iterable[Any]) -> Iterator[str]:
    """Yield each mistake with the place where it can be put right."""
    yield from _of(form, "")
    for formset in formsets:
        yield from formset.non_form_errors()
        for each in formset.forms:
            yield from _of(each, f"Section “{each.instance.heading or 'new'}”, ")


def _of(form: Any, where: str) -> Iterator[str]:
    for name, messages in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        for message in messages:
            yield f"{where}{label}: {message}" if label else f"{where}{message}"
