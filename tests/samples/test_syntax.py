"""What no runtime of this machine can run is read by a parser of its language."""

from __future__ import annotations

import re
import tomllib

import pytest
import tree_sitter_go
import tree_sitter_hcl
import tree_sitter_powershell
import yaml
from tree_sitter import Language, Parser

from tests.samples.running import SAMPLES

GRAMMARS = {
    ".go": tree_sitter_go,
    ".ps1": tree_sitter_powershell,
    ".tf": tree_sitter_hcl,
    ".tfvars": tree_sitter_hcl,
}
FILES = sorted(each for each in SAMPLES.rglob("*") if each.is_file())
PARSED = [each for each in FILES if each.suffix in GRAMMARS]
SECRET = re.compile(r"cfast_[A-Za-z0-9]{8}|[0-9a-f]{32}|eyJ")


def faults(path, text):
    tree = Parser(Language(GRAMMARS[path.suffix].language())).parse(text.encode())
    return tree.root_node.has_error


@pytest.mark.parametrize("path", PARSED, ids=lambda path: path.name)
class TestParser:
    def test_finds_no_fault(self, path):
        assert not faults(path, path.read_text())

    def test_would_find_one(self, path):
        text = path.read_text()
        assert faults(path, text[: text.rindex("}") if "}" in text else -1] + "= ) = (")


class TestTerraform:
    def test_speaks_of_resources_of_version_5(self):
        text = "".join(each.read_text() for each in (SAMPLES / "terraform").glob("*.tf"))
        declared = set(re.findall(r'^resource "(\w+)" "demo"', text, re.MULTILINE))
        prefix = "cloudflare_zero_trust_access_"
        assert declared == {f"{prefix}{name}" for name in ("service_token", "policy", "application")}
        assert 'decision   = "non_identity"' in text
        for name in set(re.findall(r"\bvar\.(\w+)", text)):
            assert f'variable "{name}"' in text
        for line in (SAMPLES / "terraform/rotate.tfvars").read_text().splitlines():
            assert line.startswith("#") or f'variable "{line.split()[0]}"' in text


class TestCloudflared:
    def test_checks_the_token_under_every_rule_that_is_protected(self):
        # The parts in angle brackets are for the reader to fill in.
        rules = yaml.safe_load((SAMPLES / "verify/cloudflared.yml").read_text())["ingress"]
        protected = [each for each in rules if "originRequest" in each]
        assert len(protected) == 2
        for rule in protected:
            access = rule["originRequest"]["access"]
            assert access["required"] is True
            assert access["teamName"]
            assert len(access["audTag"]) == 1
        assert rules[-1] == {"service": "http_status:404"}


class TestEverySample:
    def test_stands_in_a_tab_or_belongs_to_one_that_does(self):
        groups = tomllib.loads((SAMPLES / "tabs.toml").read_text())
        shown = {SAMPLES / tab["file"] for group in groups.values() for tab in group["tabs"]}
        beside = {"tabs.toml", "README.md", "go.mod", "provider.tf"}
        assert {each for each in FILES if each.name not in beside} == shown

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
    def test_holds_no_secret(self, path):
        assert not SECRET.search(path.read_text())
