"""
The samples: real files in `samples/`, shown as they are, with this installation's addresses.

`samples/tabs.toml` says which files stand together. A file is read and highlighted once in a
process; what changes between installations is put in afterwards.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.text import slugify

from barbican.portal.fragments import safe
from barbican.portal.highlighting import highlight, language
from barbican.portal.markdown import render

SLUG = "service-token"  # the demo that the files call
# What the files say, and the word that stands for it while they are highlighted: one that no
# language takes apart. The longer ones come first.
_PLACES = (
    ("https://service-token.barbicancloud.co.uk/", "XsubdomainUrlX", "subdomain_url"),
    ("https://barbicancloud.co.uk/service-token/", "XpathUrlX", "path_url"),
    ("http://127.0.0.1:8000", "XserviceX", "service"),
    # An Access application's domain has no port.
    ("barbicancloud.co.uk", "XhostX", "host"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One file. `html` and `text` hold a word where an address of the installation belongs."""

    id: str  # of its tab
    label: str
    file: str  # below samples/
    text: str
    html: str  # highlighted, or rendered where the file is prose

    @property
    def is_prose(self) -> bool:
        return self.file.endswith(".md")


@dataclass(frozen=True, slots=True)
class Group:
    """Samples that do the same thing in different ways: tabs."""

    name: str
    label: str
    group: str  # tabs of one group and one label are kept in step across the page
    samples: tuple[Sample, ...]


@cache
def groups() -> Mapping[str, Group]:
    """Return every group by its name."""
    found = tomllib.loads((settings.SAMPLES_FOLDER / "tabs.toml").read_text(encoding="utf-8"))
    return {name: _group(name, each) for name, each in found.items()}


def shown(group: Group, values: Mapping[str, str], level: int) -> str:
    """
    Return the group as tabs, with headings of this level where no script makes tabs of them.

    `values` are escaped already: `path_url` and the like.
    """
    tabs = [
        {"id": each.id, "label": each.label, "html": safe(_filled(_panel(each), values))}
        for each in group.samples
    ]
    context = {"tabs": tabs, "group": group.group, "label": group.label, "level": level}
    return render_to_string("includes/tabs.html", context)


def written(group: Group, values: Mapping[str, str]) -> str:
    """Return the group as Markdown: each file under its label."""
    return "\n\n".join(_filled(_written(each), values) for each in group.samples)


def linked(group: Group, page: str) -> str:
    """Return links to the group's tabs on the page of all samples."""
    context = {"links": [(each.label, f"{page}#{each.id}") for each in group.samples]}
    return render_to_string("includes/sample_links.html", context)


def listed(group: Group, page: str) -> str:
    """Return the same as Markdown."""
    links = "\n".join(f"- [{each.label}]({page}#{each.id})" for each in group.samples)
    return f"On the page of all samples:\n\n{links}"


def _group(name: str, found: Mapping[str, object]) -> Group:
    tabs = found["tabs"]
    assert isinstance(tabs, list)  # noqa: S101 - the suite reads the file
    samples = tuple(_sample(name, tab["label"], tab["file"]) for tab in tabs)
    return Group(name, str(found["label"]), str(found["group"]), samples)


def _sample(group: str, label: str, file: str) -> Sample:
    text = (settings.SAMPLES_FOLDER / file).read_text(encoding="utf-8")
    for place, word, _ in _PLACES:
        text = text.replace(place, word)
    html = render(text) if file.endswith(".md") else highlight(text, file)
    return Sample(f"{group}-{slugify(label)}", label, file, text, html)


@cache
def _panel(sample: Sample) -> str:
    if sample.is_prose:
        return f'<div class="prose">{sample.html}</div>'
    return render_to_string(
        "includes/code.html",
        {
            "html": safe(sample.html),
            "filename": f"samples/{sample.file}",
            "label": f"{sample.label} sample",
        },
    )


def _written(sample: Sample) -> str:
    if sample.is_prose:
        return f"**{sample.label}**\n\n{sample.text.strip()}"
    code = f"```{language(sample.file)}\n{sample.text.strip()}\n```"
    return f"**{sample.label}** (`samples/{sample.file}`)\n\n{code}"


def _filled(text: str, values: Mapping[str, str]) -> str:
    for _, word, name in _PLACES:
        text = text.replace(word, values[name])
    return text
