"""
Which demos visitors see, and in which order: what publishers and editors do on the list.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from barbican.portal.models import Demo

ROOM = 10  # between two demos
PUBLISH = "portal.publish_demo"
# Why nothing was to be done.
_NOTHING = {
    "Published.": "what you chose is published already",
    "Unpublished.": "nothing that you chose is published",
    "Moved up.": "nothing stands above what you chose",
    "Moved down.": "nothing stands below what you chose",
}


class LeavingMixin:
    """
    Keeps an earlier version from publishing a page, where who goes back to it may not.

    A version of anything on a page holds the page, and one of the list's actions more than one.
    """

    def revision_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        if not request.user.has_perm(PUBLISH):
            now = dict(Demo.objects.values_list("pk", "is_published"))
            request.are_published = now  # type: ignore[attr-defined]
        answer: HttpResponse = super().revision_view(  # type: ignore[misc]
            request, object_id, version_id, extra_context
        )
        return answer

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        for pk, was in getattr(request, "are_published", {}).items():
            for demo in Demo.objects.filter(pk=pk, is_published=not was):
                demo.is_published = was
                demo.save(update_fields=["is_published", "changed_at"])


class PublishingMixin:
    """Adds the list's actions. Who may not publish sees whether a page is, and leaves it so."""

    actions = ("publish", "unpublish", "move_up", "move_down")

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(PUBLISH))

    def get_readonly_fields(self, request: HttpRequest, obj: Demo | None = None) -> tuple[str, ...]:
        fixed = ("slug",) if obj else ()
        return fixed if self.has_publish_permission(request) else (*fixed, "is_published")

    @admin.action(description="Publish", permissions=["publish"])
    def publish(self, request: HttpRequest, chosen: QuerySet[Demo]) -> None:
        self._switch(request, chosen.filter(is_published=False), on=True)

    @admin.action(description="Unpublish: visitors get a 404", permissions=["publish"])
    def unpublish(self, request: HttpRequest, chosen: QuerySet[Demo]) -> None:
        self._switch(request, chosen.filter(is_published=True), on=False)

    @admin.action(description="Move up", permissions=["change"])
    def move_up(self, request: HttpRequest, chosen: QuerySet[Demo]) -> None:
        before = list(Demo.objects.all())
        self._order(request, before, nearer(before, set(chosen)), "Moved up.")

    @admin.action(description="Move down", permissions=["change"])
    def move_down(self, request: HttpRequest, chosen: QuerySet[Demo]) -> None:
        before = list(Demo.objects.all())
        self._order(request, before, nearer(before[::-1], set(chosen))[::-1], "Moved down.")

    def _switch(self, request: HttpRequest, chosen: QuerySet[Demo], *, on: bool) -> None:
        demos = list(chosen)
        for demo in demos:
            demo.is_published = on
            demo.save(update_fields=["is_published", "changed_at"])
        self._tell(request, demos, "Published." if on else "Unpublished.")

    def _order(
        self, request: HttpRequest, before: list[Demo], after: list[Demo], done: str
    ) -> None:
        if after != before:
            for number, demo in enumerate(after):
                demo.order = number * ROOM
                demo.save(update_fields=["order", "changed_at"])
        pairs = zip(after, before, strict=True)
        self._tell(request, [each for each, was in pairs if each != was], done)

    def _tell(self, request: HttpRequest, demos: list[Demo], done: str) -> None:
        for demo in demos:
            self.log_change(request, demo, done)  # type: ignore[attr-defined]
        words = f"{done} {', '.join(map(str, demos))}"
        if not demos:
            words = f"Nothing was changed: {_NOTHING[done]}."
        level = messages.SUCCESS if demos else messages.INFO
        self.message_user(request, words, level)  # type: ignore[attr-defined]


def nearer(demos: list[Demo], chosen: set[Demo]) -> list[Demo]:
    """Return the demos, the chosen ones one place nearer to the start where there is one."""
    found = list(demos)
    for place in range(1, len(found)):
        if found[place] in chosen and found[place - 1] not in chosen:
            found[place - 1], found[place] = found[place], found[place - 1]
    return found
