"""
Download and upload of a page's words, in the admin.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from barbican.portal import errors
from barbican.portal.editing import copyfile
from barbican.portal.models import Demo

_METHODS = ("GET", "HEAD", "POST")
# What an upload may do to a page. A form that lacks one of them cannot do it either.
_RIGHTS = tuple(
    f"portal.{right}"
    for right in (
        "change_demo", "add_section", "change_section", "delete_section", "add_callout",
        "change_callout",
    )
)  # fmt: skip


class UploadForm(forms.Form):
    file = forms.FileField(
        label="File", help_text="One that was downloaded here, as it was or edited."
    )


class CarryingMixin:
    """Adds `<id>/download/` and `<id>/upload/`."""

    def get_urls(self) -> list[Any]:
        site = self.admin_site  # type: ignore[attr-defined]
        views = {"download": self.download_view, "upload": self.upload_view}
        own = [
            path(f"<path:object_id>/{name}/", site.admin_view(view), name=f"portal_demo_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def download_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Raises `Http404`, or `PermissionDenied`."""
        demo = self._demo(request, object_id)
        if not self.has_view_or_change_permission(request, demo):  # type: ignore[attr-defined]
            raise PermissionDenied
        response = HttpResponse(
            copyfile.written(demo), content_type="application/json; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="{demo.slug}.json"'
        return response

    def upload_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Raises `Http404`, or `PermissionDenied`."""
        if request.method not in _METHODS:
            return errors.method_not_allowed(request, _METHODS)
        demo = self._demo(request, object_id)
        if not request.user.has_perms(_RIGHTS):
            raise PermissionDenied
        is_sent = request.method == "POST"
        form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
        if form.is_valid():
            try:
                return self._put(request, demo, form.cleaned_data["file"])
            except copyfile.CopyFileError as error:
                form.add_error("file", str(error))
        return self._asked(request, Demo.objects.get(pk=demo.pk), form)

    def _put(self, request: HttpRequest, demo: Demo, file: Any) -> HttpResponse:
        admin: Any = self
        with admin.create_revision(request):
            copyfile.put(demo, file.read(copyfile.LONGEST + 1))
            admin.log_change(request, demo, "Uploaded the words of the page.")
        done = f"“{demo}” has the words of the file. Its history has those from before."
        admin.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:portal_demo_history", args=(demo.pk,)))

    def _asked(self, request: HttpRequest, demo: Demo, form: UploadForm) -> HttpResponse:
        values = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": f"Upload copy: {demo}",
            "original": demo,
            "opts": Demo._meta,
            "form": form,
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return TemplateResponse(request, "admin/portal/demo/upload.html", values, status=status)

    def _demo(self, request: HttpRequest, object_id: str) -> Demo:
        demo: Demo | None = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if demo is None:
            raise Http404("There is no such demo here.")
        return demo
