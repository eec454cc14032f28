from __future__ import annotations

import os
import re
import subprocess

from tests.e2e.stack import ROOT

PAGE = ROOT / "docs" / "edge-api.md"


class TestDocumentation:
    def test_shows_commands_that_read_the_state_and_ask_the_api(self, folder, api, start_api):
        port = start_api(api)
        (folder.folder / "project").mkdir()
        (folder.folder / "project" / ".edge").symlink_to(folder.folder)
        [block] = re.findall(r"```console\n(.+?)```", PAGE.read_text(), re.DOTALL)
        commands = re.sub(r"^\$ ", "", block, flags=re.MULTILINE)
        done = subprocess.run(
            [
                "bash",
                "-euo",
                "pipefail",
                "-c",
                commands.replace("127.0.0.1:8081", f"127.0.0.1:{port}"),
            ],
            cwd=folder.folder / "project",
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert all(value in done.stdout for value in folder.api_credentials())
        assert '"success": true' in done.stdout
