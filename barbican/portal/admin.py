"""
Where editors change the words. Django's own admin, with the history of django-reversion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import reversion
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from reversion.admin import VersionAdmin

from barbican.portal.editing import adopting
from barbican.portal.editing.carrying import CarryingMixin
from barbican.portal.editing.preview import PreviewMixin
from barbican.portal.editing.publishing import LeavingMixin, PublishingMixin
from barbican.portal.editing.versions import ChangesMixin
from barbican.portal.fields import WordsField
from barbican.portal.models import Callout, Demo, Section
from barbican.portal.registry import demos

admin.site.site_header = "Barbican Identity Demo"
admin.site.site_title = "Barbican Identity Demo"
admin.site.index_title = "The portal's words"

Act = Callable[[Callout], str]
_DONE: dict[Act, str] = {
    adopting.adopt: "“{}” is the text now. “Show again” puts the old sentence back.",
    adopting.drop: "“{}” is off the page. “Show again” brings it back.",
    adopting.show_again: "“{}” is shown again.",
}
_SAYS_NOTHING = ("", "No fields changed.")
# Each of these boxes holds Markdown.
_WORDS: dict[type[models.Field[Any, Any]], dict[str, Any]] = {
    models.TextField: {"form_class": WordsField}
}


class SectionInline(admin.StackedInline):  # type: ignore[type-arg]  # not generic at run time
    model = Section
    extra = 0
    fields = ("heading", "anchor", "level", "kind", "order", "body", "callouts")
    readonly_fields = ("callouts",)
    formfield_overrides = _WORDS

    @admin.display(description="Callouts")
    def callouts(self, section: Section) -> str:
        """Link each remark beside this section's sentences."""
        rows = (
            (reverse("admin:portal_callout_change", args=(each.pk,)), each, _state(each))
            for each in section.callouts.all()
        )
        found = format_html_join("", '<li><a href="{}">{}</a>: {}</li>', rows)
        return format_html("<ul>{}</ul>", found) if found else "none"


class _Words(LeavingMixin, VersionAdmin):  # type: ignore[misc]  # has no types
    """History with what changed, and a way back to every version."""

    save_on_top = True
    history_latest_first = True
    # Nothing is deleted by a click, so there is nothing to recover.
    change_list_template = "admin/change_list.html"


@admin.register(Demo)
class DemoAdmin(PreviewMixin, PublishingMixin, ChangesMixin, CarryingMixin, _Words):
    """A demo's page with its sections, in one form."""

    list_display = ("title", "look", "is_published", "slug", "badge", "order", "changed_at")
    list_filter = ("is_published",)
    search_fields = ("title", "summary", "sections__heading", "sections__body")
    fields = ("title", "slug", "badge", "summary", "is_published", "order")
    inlines = (SectionInline,)

    def view_on_site(self, demo: Demo) -> str | None:
        """Return the address, unless it answers 404: then there is a preview."""
        is_there = demo.is_published and demo.slug in demos()
        return demo.get_absolute_url() if is_there else None

    @admin.display(description="look")
    def look(self, demo: Demo) -> str:
        if demo.slug not in demos():
            return "its code is not installed"
        preview = reverse("admin:portal_demo_preview", args=(demo.pk,))
        site = self.view_on_site(demo)
        words = "View on site" if site else "Preview"
        name = format_html('<span class="visually-hidden">: {}</span>', demo.title)
        return format_html('<a href="{}">{}{}</a>', site or preview, words, name)

    def has_delete_permission(self, request: HttpRequest, obj: Demo | None = None) -> bool:
        """Nothing is lost by a click: a demo is switched off, and its sections can be deleted."""
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A demo is code first; `seed_copy` makes its page."""
        return False


@admin.register(Callout)
class CalloutAdmin(_Words):
    """The remarks beside the owner's sentences, to adopt or to drop."""

    list_display = ("title", "short_state", "short_kind", "section", "checked")
    list_filter = ("state", "kind", "section__demo")
    list_select_related = ("section",)
    search_fields = ("title", "sentence", "body")
    fields = (
        ("state", "place"), "section", "kind", "title", "sentence", "body", "source_label",
        "source_url", "checked", "key", "order",
    )  # fmt: skip
    readonly_fields = ("place", "state")
    _rows: ClassVar = {"sentence": 3, "body": 5}
    formfield_overrides: ClassVar = {**_WORDS, models.URLField: {"assume_scheme": "https"}}
    actions = ("adopt", "drop", "show_again")
    change_form_template = "admin/portal/callout/change_form.html"
    # A page goes back as a whole, from its own history; here stands what was done to this callout.
    history_view = admin.ModelAdmin.history_view
    object_history_template = "admin/object_history.html"

    def has_delete_permission(self, request: HttpRequest, obj: Callout | None = None) -> bool:
        """A callout is dropped, so that it can be shown again."""
        return False

    def get_form(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """Return the form, with boxes as high as what belongs into them."""
        boxes = {name: AdminTextareaWidget({"rows": rows}) for name, rows in self._rows.items()}
        return super().get_form(request, *args, **{**options, "widgets": boxes})

    @admin.display(description="state", ordering="state")
    def short_state(self, callout: Callout) -> str:
        return callout.state.capitalize()

    @admin.display(description="kind", ordering="kind")
    def short_kind(self, callout: Callout) -> str:
        return callout.kind.capitalize()

    @admin.display(description="stands")
    def place(self, callout: Callout) -> str:
        return _place(callout)

    @admin.action(description="Adopt: the correction takes the sentence's place")
    def adopt(self, request: HttpRequest, chosen: QuerySet[Callout]) -> None:
        self._act(request, chosen, adopting.adopt)

    @admin.action(description="Drop: off the page")
    def drop(self, request: HttpRequest, chosen: QuerySet[Callout]) -> None:
        self._act(request, chosen, adopting.drop)

    @admin.action(description="Show again, and put the sentence back")
    def show_again(self, request: HttpRequest, chosen: QuerySet[Callout]) -> None:
        self._act(request, chosen, adopting.show_again)

    for _action in (adopt, drop, show_again):
        _action.allowed_permissions = ("change",)  # type: ignore[attr-defined]

    def response_change(self, request: HttpRequest, obj: Callout) -> HttpResponse:
        """Do what the pressed button says, after what was typed is saved."""
        acts = {"_adopt": adopting.adopt, "_drop": adopting.drop, "_show": adopting.show_again}
        for button, act in acts.items():
            if button in request.POST:
                self._act(request, [obj], act)
        return super().response_change(request, obj)  # type: ignore[no-any-return]

    def _act(self, request: HttpRequest, chosen: Any, act: Act) -> None:
        said = [reversion.get_comment()]  # of what was typed and saved before
        for callout in chosen:
            try:
                done = act(callout)
            except adopting.NotThereError as error:
                self.message_user(request, str(error), messages.WARNING)
                continue
            if not done:
                words = f"“{callout}” is {callout.state} already: nothing was changed."
                self.message_user(request, words, messages.INFO)
                continue
            said.append(done)
            self.log_change(request, callout, done)
            self.message_user(request, _DONE[act].format(callout), messages.SUCCESS)
        # The page's history has one version for all of it.
        reversion.set_comment("\n".join(each for each in said if each not in _SAYS_NOTHING))


def _state(callout: Callout) -> str:
    return f"{callout.state}, {_place(callout)}"


def _place(callout: Callout) -> str:
    """Say where the callout stands on the page, and why not beside its sentence."""
    if not callout.section_id:
        return "nowhere yet"
    if callout.state != Callout.State.SHOWN:
        return "not on the page"
    if callout.is_beside_its_sentence():
        return "beside its sentence"
    if callout.sentence:
        return "at the end of the section: its sentence is no longer in the text"
    return "at the end of the section"
