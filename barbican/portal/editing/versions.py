"""
The versions of a page: what each one said, and a read-only view of what changed between two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import re_path
from reversion.models import Version

from barbican.portal.editing.changes import Row, Snapshot, between
from barbican.portal.models import Callout, Demo, Section

NOW = "now"
_FIELDS: dict[type[Any], tuple[str, ...]] = {
    Demo: ("title", "badge", "summary", "is_published", "order"),
    Section: ("heading", "anchor", "level", "kind", "order", "body"),
    Callout: (
        "title", "state", "kind", "sentence", "body", "source_label", "source_url", "checked",
        "order",
    ),
}  # fmt: skip


def now(demo: Demo) -> Snapshot:
    """Return what is saved."""
    sections = demo.sections.all()
    callouts = Callout.objects.filter(section__demo=demo).order_by("order", "pk")
    rows = [(type(each), vars(each)) for each in (*sections, *callouts)]
    return _snapshot(vars(demo), rows)


def then(version: Version) -> Snapshot:
    """Return what a version of a page said. Its revision holds the whole page."""
    found = version.revision.version_set.select_related("content_type")
    rows = [(each.content_type.model_class(), each.field_dict) for each in found]
    return _snapshot(version.field_dict, rows)


def _snapshot(demo: Row, rows: Sequence[tuple[type[Any], Row]]) -> Snapshot:
    """Return the page, then each of its sections with the callouts beside it."""
    found = {("demo", str(demo["id"])): _row(Demo, demo)}
    sections = [row for model, row in rows if model is Section and row["demo_id"] == demo["id"]]
    for section in sorted(sections, key=_order):
        found["section", str(section["id"])] = _row(Section, section)
        beside = [
            row for model, row in rows if model is Callout and row["section_id"] == section["id"]
        ]
        for callout in sorted(beside, key=_order):
            found["callout", str(callout["id"])] = _row(Callout, callout)
    return found


def _row(model: type[Any], values: Row) -> Row:
    return {name: values[name] for name in _FIELDS[model] if name in values}


def _order(row: Row) -> tuple[int, int]:
    return row["order"], row["id"]


class ChangesMixin:
    """Adds `<id>/history/<version>/changes/`: what changed, from the version before or another."""

    object_history_template = "admin/portal/demo/object_history.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.changes_view)  # type: ignore[attr-defined]
        own = re_path(r"^([^/]+)/history/(\d+)/changes/$", view, name="portal_demo_changes")
        return [own, *super().get_urls()]  # type: ignore[misc]

    def changes_view(self, request: HttpRequest, object_id: str, version_id: str) -> HttpResponse:
        """Raises `Http404`, or `PermissionDenied`. Changes nothing."""
        admin: Any = self
        demo = admin.get_object(request, unquote(object_id))
        versions = list(Version.objects.get_for_object(demo)) if demo else []
        chosen = next((each for each in versions if str(each.pk) == version_id), None)
        if demo is None or chosen is None:
            raise Http404("There is no such version of this page.")
        if not admin.has_view_or_change_permission(request, demo):
            raise PermissionDenied
        others = [each for each in versions if each != chosen]
        other = _other(request.GET.get("with", ""), chosen, others)
        pair = sorted((chosen, other), key=lambda each: each.pk) if other else [chosen, None]
        first, last = pair
        values = {
            **admin.admin_site.each_context(request),
            "title": f"What changed: {demo}",
            "original": demo,
            "opts": Demo._meta,
            "first": first,
            "last": last,
            "chosen": chosen,
            "others": others,
            "with": other.pk if other else NOW,
            "changes": list(between(then(first), then(last) if last else now(demo))),
            "can_revert": admin.has_change_permission(request, demo),
        }
        return TemplateResponse(request, "admin/portal/demo/changes.html", values)


def _other(asked: str, chosen: Version, others: list[Version]) -> Version | None:
    """Return the version to compare with; None is what is saved now."""
    if asked == NOW:
        return None
    if asked:
        found = next((each for each in others if str(each.pk) == asked), None)
        if found is None:
            raise Http404("There is no such version of this page.")
        return found
    return next((each for each in others if each.pk < chosen.pk), None)
