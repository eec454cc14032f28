"""
The words of the portal, as editors change them.
"""

from __future__ import annotations

from typing import Any

import reversion
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from barbican.portal.markdown import render
from barbican.portal.rules import no_secret

SUMMARY_LENGTH = 160
BODY_LENGTH = 50_000
CALLOUT_LENGTH = 2_000


def _no_secret_in(row: models.Model, *names: str) -> None:
    for name in names:
        try:
            no_secret(getattr(row, name))
        except ValidationError as error:
            raise ValidationError({name: error}) from None


# A version holds the whole page, whatever of it was saved, so that one revert restores all of it.
@reversion.register(follow=("sections",))
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
    changed_at = models.DateTimeField("changed", auto_now=True)

    class Meta:
        ordering = ("order", "slug")
        permissions = (("publish_demo", "Can publish and unpublish demo"),)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse(f"{self.slug.replace('-', '_')}:index")


class Loaded(models.Model):
    """
    What `seed_copy` has loaded into a page, so that it can tell an editor's words from its own.

    It has no history: going back to an earlier version is an editor's change as well.
    """

    demo = models.ForeignKey(Demo, on_delete=models.CASCADE, related_name="loaded")
    name = models.CharField(max_length=120)
    digest = models.CharField(
        max_length=64, blank=True, help_text="Of the words; empty where they were not remembered."
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=("demo", "name"), name="loaded_once"),)

    def __str__(self) -> str:
        return self.name


@reversion.register(follow=("demo", "callouts"))
class Section(models.Model):
    """
    One titled part of a demo's page, in Markdown.

    `body_html` is rendered and sanitised on save, by a closed list of tags, so that an editor
    cannot add a script to a page that shows tokens.
    """

    class Level(models.IntegerChoices):
        SECTION = 2, "a section of its own"
        PART = 3, "a part of the section above"

    class Kind(models.TextChoices):
        TEXT = "text", "text"
        HOPS = "hops", "numbered hops, one for each ### heading"

    demo = models.ForeignKey(Demo, on_delete=models.CASCADE, related_name="sections")
    anchor = models.SlugField(
        help_text="Its address on the page, after the #. Links break if it changes."
    )
    heading = models.CharField(max_length=120, validators=[no_secret])
    level = models.PositiveSmallIntegerField(
        choices=Level, default=Level.SECTION, help_text="Where it stands in the list of contents."
    )
    kind = models.CharField(
        max_length=8, choices=Kind, default=Kind.TEXT, help_text="How the text is drawn."
    )
    body = models.TextField(
        validators=[no_secret, MaxLengthValidator(BODY_LENGTH)],
        help_text=(
            "Markdown; HTML is shown as text. {{ base_domain }}, {{ path_url }}, "
            "{{ subdomain_url }} and {{ token_name }} are filled in for this installation. On a "
            "line of their own, {{ values }} lists what is set up here, and {{ samples call }} "
            "shows the samples of that name from samples/tabs.toml, {{ links call }} links to them."
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

    def clean(self) -> None:
        """Raises `ValidationError` where a secret became the address."""
        _no_secret_in(self, "anchor")


@reversion.register(follow=("section",))
class Callout(models.Model):
    """
    A remark beside one sentence of a section: a correction, a note or a warning.

    The sentence stays as it was written. An editor adopts the correction, which then takes the
    sentence's place, or drops it; either can be undone (`barbican.portal.editing.adopting`).
    """

    class Kind(models.TextChoices):
        TODAY = "today", "Cloudflare today: a correction of the sentence"
        NOTE = "note", "note"
        WARNING = "warning", "warning"

    class State(models.TextChoices):
        SHOWN = "shown", "shown"
        ADOPTED = "adopted", "adopted: it is the text now"
        DROPPED = "dropped", "dropped"

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="callouts")
    key = models.SlugField("name", help_text="A name of its own in the section, for seed_copy.")
    kind = models.CharField(
        max_length=8, choices=Kind, default=Kind.TODAY, help_text="What it is, and how it is drawn."
    )
    title = models.CharField(
        max_length=120, validators=[no_secret], help_text="In a few words, what the remark says."
    )
    sentence = models.TextField(
        blank=True,
        validators=[no_secret, MaxLengthValidator(CALLOUT_LENGTH)],
        help_text=(
            "The sentence that it stands beside, copied from the section's Markdown to the letter. "
            "Empty, or no longer there: it stands at the end of the section."
        ),
    )
    body = models.TextField(
        "correction or remark",
        validators=[no_secret, MaxLengthValidator(CALLOUT_LENGTH)],
        help_text=(
            "Markdown. A correction is one paragraph that can take the sentence's place as it is: "
            "that is what adopting it does."
        ),
    )
    body_html = models.TextField(editable=False)
    source_label = models.CharField(
        "source", max_length=120, blank=True, help_text="The page of Cloudflare's that says so."
    )
    source_url = models.URLField(
        "address of the source", blank=True, max_length=300, help_text="Starts with https://."
    )
    checked = models.CharField(
        max_length=20, blank=True, help_text="The month it was checked, such as November 2026."
    )
    state = models.CharField(max_length=8, choices=State, default=State.SHOWN, editable=False)
    adopted = models.TextField(
        editable=False, blank=True, help_text="What took the sentence's place, so it can go back."
    )
    order = models.PositiveSmallIntegerField(default=0, help_text="Small numbers come first.")

    class Meta:
        ordering = ("section__demo", "section__order", "order", "pk")
        constraints = (
            models.UniqueConstraint(fields=("section", "key"), name="one_key_a_section"),
        )

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.body_html = render(self.body)
        super().save(*args, **kwargs)
        # The page looks at its demo's date to know whether its words may have changed.
        Demo.objects.filter(sections=self.section_id).update(changed_at=timezone.now())

    def clean(self) -> None:
        """
        Raises `ValidationError` where a correction could not stand in a sentence's place, or a
        secret is in what names it or its source.
        """
        if self.kind == self.Kind.TODAY and "\n\n" in self.body.replace("\r", "").strip():
            message = "Write a correction as one paragraph: it may take the sentence's place."
            raise ValidationError({"body": message}, code="paragraphs")

        _no_secret_in(self, "key", "source_label", "source_url")

    def is_beside_its_sentence(self) -> bool:
        """Say whether the section still holds the sentence."""
        return bool(self.sentence) and self.sentence in self.section.body
