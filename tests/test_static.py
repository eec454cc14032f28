from __future__ import annotations

import gzip
import json
import re

import pytest
from django.conf import settings as project
from django.core.management import call_command

from barbican.static import SHEETS, ScriptError, StyleSheetError, joined, joined_script

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "barbican.static.JoinedManifestStorage"},
}
SOURCES = project.BASE_DIR / "static"


@pytest.fixture
def collected(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = STORAGES
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def hashed(folder, name):
    manifest = json.loads((folder / "staticfiles.json").read_text())
    return folder / manifest["paths"][name]


class TestCollects:
    @pytest.mark.parametrize("name", SHEETS)
    def test_each_sheet_whole(self, collected, name):
        for sheet in (collected / name, hashed(collected, name)):
            text = sheet.read_text()
            assert "@import" not in text
            is_whole = name in ("css/site.css", "css/demo.css", "css/error.css", "css/admin.css")
            assert ("--page:light-dark(" in text) == is_whole

    def test_every_component(self, collected):
        text = "".join(hashed(collected, name).read_text() for name in SHEETS)
        for component in (SOURCES / "css/components").glob("*.css"):
            selector = re.search(r"^(\.[a-z_-]+)", component.read_text(), re.MULTILINE)[1]
            assert selector in text

    def test_the_same_again_and_again(self, collected):
        first = hashed(collected, "css/site.css")
        call_command("collectstatic", interactive=False, verbosity=0)
        assert hashed(collected, "css/site.css") == first

    def test_a_change_of_a_component_under_a_new_name(self, collected, settings, tmp_path_factory):
        first = hashed(collected, "css/site.css").name
        changed = tmp_path_factory.mktemp("changed")
        (changed / "css/components").mkdir(parents=True)
        (changed / "css/components/badge.css").write_text(".badge { color: red; }\n")
        settings.STATICFILES_DIRS = [changed, *settings.STATICFILES_DIRS]
        call_command("collectstatic", interactive=False, verbosity=0)
        assert hashed(collected, "css/site.css").name != first

    def test_for_a_demo_all_that_other_pages_have(self):
        site, demo = ((SOURCES / f"css/{name}.css").read_text() for name in ("site", "demo"))
        shared = [line for line in site.splitlines() if "import" in line and "error" not in line]
        assert [line for line in demo.splitlines() if line in shared] == shared

    def test_within_the_budget(self, collected):
        sizes = {
            name: len(gzip.compress(hashed(collected, name).read_bytes()))
            for name in (*SHEETS, "js/site.js", "js/theme.js")
        }
        assert sizes["css/site.css"] <= 5_000
        assert sizes["css/index.css"] <= 1_500
        assert sizes["css/troubleshooting.css"] <= 1_500
        assert sizes["css/demo.css"] <= 6_400  # the whole of a demo's page
        assert sizes["js/site.js"] + sizes["js/theme.js"] <= 8_000

    def test_the_script_whole(self, collected):
        text = hashed(collected, "js/site.js").read_text()
        assert "import" not in text
        for script in (SOURCES / "js").glob("*.js"):
            if script.name not in ("site.js", "theme.js"):
                assert f'"./{script.name}"' in (SOURCES / "js/site.js").read_text()
                assert script.read_text().rstrip().splitlines()[-1] in text


class TestJoins:
    def test_imports_into_their_layer(self):
        sheets = {
            "css/a.css": '@layer x;\n@import url("p/b.css") layer(x);\n',
            "css/p/b.css": "/* why */\n.b {\n  color: red;\n}\n",
        }
        assert joined("css/a.css", sheets.__getitem__) == "@layer x;@layer x {.b{color:red}}"

    def test_neighbours_of_one_layer_into_one_block(self):
        sheets = {
            "css/a.css": "".join(f'@import url("{name}.css") layer({name[0]});' for name in "xxy"),
            "css/x.css": ".b > .c { margin: 0.5rem calc(1rem + var(--d)); }",
            "css/y.css": ".d { margin: 10.5px; }",
        }
        assert joined("css/a.css", sheets.__getitem__) == (
            "@layer x {.b>.c{margin:.5rem calc(1rem + var(--d))}"
            ".b>.c{margin:.5rem calc(1rem + var(--d))}}@layer y {.d{margin:10.5px}}"
        )

    def test_scripts_each_into_a_block_of_its_own(self):
        scripts = {"js/a.js": 'import "./b.js";\nimport "./c.js";\n'}
        scripts |= {"js/b.js": "// why\nconst a = 1;\n", "js/c.js": "const a = 2;\n"}
        whole = joined_script("js/a.js", scripts.__getitem__)
        assert whole == '"use strict";\n{\nconst a = 1;\n}\n{\nconst a = 2;\n}\n'

    @pytest.mark.parametrize("content", ['import "./c.js";\n', "export const a = 1;\n"])
    def test_no_script_that_points_elsewhere(self, content):
        scripts = {"js/a.js": 'import "./b.js";\n', "js/b.js": content}
        with pytest.raises(ScriptError, match=r"js/b\.js"):
            joined_script("js/a.js", scripts.__getitem__)

    @pytest.mark.parametrize(
        "content", ['@import url("c.css") layer(x);', ".b { background: url(c.png); }"]
    )
    def test_nothing_that_points_elsewhere(self, content):
        sheets = {"css/a.css": '@import url("b.css") layer(x);', "css/b.css": content}
        with pytest.raises(StyleSheetError, match=r"css/b\.css"):
            joined("css/a.css", sheets.__getitem__)


class TestKeeps:
    def test_raw_colours_in_the_tokens_alone(self):
        for sheet in SOURCES.rglob("*.css"):
            if sheet.name != "tokens.css":
                assert not re.search(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", sheet.read_text()), sheet

    def test_every_component_in_the_look(self):
        site = "".join((SOURCES / name).read_text() for name in SHEETS)
        for component in (SOURCES / "css/components").glob("*.css"):
            assert f'url("components/{component.name}")' in site

    def test_markup_without_inline_code(self):
        for template in (project.BASE_DIR / "templates").rglob("*.html"):
            text = template.read_text()
            assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", text), (
                template
            )
