"""
Where editors change the words. Django's own admin.
"""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from barbican.portal.models import Demo, Section

admin.site.site_header = "Barbican Identity Demo"
admin.site.site_title = "Barbican Identity Demo"
admin.site.index_title = "The portal's words"


class SectionInline(admin.StackedInline):  # type: ignore[type-arg]  # not generic at run time
    model = Section
    extra = 0
    fields = ("heading", "anchor", "order", "body")


@admin.register(Demo)
class DemoAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """A demo's page with its sections, in one form."""

    list_display = ("title", "slug", "badge", "is_published", "order", "changed_at")
    list_filter = ("is_published",)
    search_fields = ("title", "summary", "sections__heading", "sections__body")
    fields = ("title", "slug", "badge", "summary", "is_published", "order")
    inlines = (SectionInline,)
    save_on_top = True

    def get_readonly_fields(self, request: HttpRequest, obj: Demo | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Demo | None = None) -> bool:
        """Nothing is lost by a click: a demo is switched off, and its sections can be deleted."""
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A demo is code first; `seed_copy` makes its page."""
        return False
