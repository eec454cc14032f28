"""
The words of the portal, as editors change them.
"""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxLengthValidator
from django.db import models
from django.urls import reverse

from barbican.portal.markdown import render
from barbican.portal.rules import no_secret

SUMMARY_LENGTH = 160
BODY_LENGTH = 50_000


class Demo(models.Model):
    """One demo's page: its name, its summary, and whether visitors may see it."""

    slug = models.SlugField(
        unique=True, help_text="The path and the subdomain. It belongs to the code and stays."
    )
    title = models.CharField(max_length=80, validators=[no_secret])
    badge = models.CharField(max_length=12, help_text="The kind, in a word: Token, OIDC, mTLS.")
    summary = models.CharField(max_length=SUMMARY_LENGTH, validators=[no_secret])
    is_published = models.BooleanField(
        "published", default=True, help_text="Unpublished, the page answers 404."
    )
    order = models.PositiveSmallIntegerField(default=0, help_text="Small numbers come first.")
    seeded = models.JSONField(
        default=list, editable=False, help_text="Anchors that were loaded once and never again."
    )
    changed_at = models.DateTimeField("changed", auto_now=True)

    class Meta:
        ordering = ("order", "slug")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse(f"{self.slug.replace('-', '_')}:index")


class Section(models.Model):
    """
    One titled part of a demo's page, in Markdown.

    `body_html` is rendered and sanitised on save, by a closed list of tags, so that an editor
    cannot add a script to a page that shows tokens.
    """

    demo = models.ForeignKey(Demo, on_delete=models.CASCADE, related_name="sections")
    anchor = models.SlugField(
        help_text="Its address on the page, after the #. Links break if it changes."
    )
    heading = models.CharField(max_length=120, validators=[no_secret])
    body = models.TextField(
        validators=[no_secret, MaxLengthValidator(BODY_LENGTH)],
        help_text=(
            "Markdown; HTML is shown as text. {{ base_domain }}, {{ path_url }}, "
            "{{ subdomain_url }} and {{ token_name }} are filled in for this installation."
        ),
    )
    body_html = models.TextField(editable=False)
    order = models.PositiveSmallIntegerField(default=0, help_text="Small numbers come first.")

    class Meta:
        ordering = ("order", "pk")
        constraints = (
            models.UniqueConstraint(fields=("demo", "anchor"), name="one_anchor_a_page"),
        )

    def __str__(self) -> str:
        return self.heading

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.body_html = render(self.body)
        super().save(*args, **kwargs)
