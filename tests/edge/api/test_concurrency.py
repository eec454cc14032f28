"""Writers at the same time: threads of one server, two servers, and a command beside them."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from barbican.edge.state import store
from tests.edge.api.conftest import connect

WRITERS, EACH = 4, 8


class TestWriters:
    def test_of_one_server_lose_no_update(self, client, folder):
        before = len(folder.state().organisation.service_tokens)

        def work(writer):
            for number in range(EACH):
                client.service_tokens.create(name=f"{writer}-{number}")

        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(work, range(WRITERS)))
        names = [each.name for each in folder.state().organisation.service_tokens]
        assert len(names) == len(set(names)) == before + WRITERS * EACH

    def test_of_another_process_lose_no_update(self, client, folder):
        before = len(folder.state().organisation.service_tokens)
        program = (
            "import sys, time; from dataclasses import replace; from pathlib import Path;"
            "from barbican.edge.organisation import sample; from barbican.edge.state import store;"
            "folder = store.StateFolder(Path(sys.argv[1]));"
            "[folder.change(lambda held: replace(held, service_tokens=(*held.service_tokens,"
            " sample.service_token(f'other {n}', None)))) for n in range(30)]"
        )
        command = [sys.executable, "-c", program, str(folder.folder)]
        other = subprocess.Popen(command, env={"PATH": os.environ["PATH"]})
        try:
            for number in range(20):
                client.service_tokens.create(name=f"own {number}")
        finally:
            assert other.wait(30) == 0
        assert len(folder.state().organisation.service_tokens) == before + 50

    def test_of_keys_and_organisation_do_not_wait_for_ever(self, client, folder):
        with ThreadPoolExecutor(2) as pool:
            rotated = pool.submit(client.keys.rotate)
            made = pool.submit(client.service_tokens.create, name="x")
            assert rotated.result(20)
            assert made.result(20)

    def test_that_fail_leave_the_lock_open(self, folder):
        def fail(_held):
            raise LookupError("no")

        with pytest.raises(LookupError):
            folder.change(fail)
        assert folder.change(lambda held: replace(held, team_name="x")).team_name == "x"


class TestCrash:
    @pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace"])
    def test_in_the_middle_of_a_write_loses_nothing(self, folder, call):
        """A process that is killed while it writes: the old content is there, whole."""
        before = (folder.folder / "organisation.json").read_bytes()
        module, _, name = call.rpartition(".")
        program = (
            "import os, pathlib, signal, sys; from barbican.edge.state import store;"
            "from dataclasses import replace;"
            "folder = store.StateFolder(pathlib.Path(sys.argv[1]));"
            f"{module}.{name} = lambda *_: os.kill(os.getpid(), signal.SIGKILL);"
            "folder.change(lambda held: replace(held, team_name='half'))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, str(folder.folder)], env={"PATH": os.environ["PATH"]}
        )
        assert done.returncode == -9
        assert (folder.folder / "organisation.json").read_bytes() == before
        again = store.open_or_create(folder.folder)
        assert again.change(lambda held: replace(held, team_name="whole")).team_name == "whole"


class TestRestart:
    def test_keeps_what_was_managed(self, client, folder, api, start_api):
        token = client.service_tokens.create(name="kept", duration="forever")
        rule = [{"service_token": {"token_id": token.id}}]
        policy = client.policies.create(name="kept", decision="non_identity", include=rule)
        app = client.applications.create(
            type="self_hosted", domain="kept.test", policies=[{"id": policy.id, "precedence": 4}]
        )
        client.organizations.update(strict_service_token_auth=False)
        again = store.open_or_create(folder.folder)
        assert again.state().organisation == folder.state().organisation
        other = connect(
            start_api(type(api)(again, *again.api_credentials(), clock=lambda: 0)), again
        )
        shown = other.applications.get(app.id)
        assert (shown.aud, shown.policies[0].precedence) == (app.aud, 4)
        other.sdk.close()
