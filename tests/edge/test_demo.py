from __future__ import annotations

import ast
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from barbican import demo
from barbican.edge.demo import environment, options, running
from tests.e2e.stack import free_pair, free_port
from tests.edge.conftest import pair
from tests.edge.wire import get

ROOT = options.ROOT

MANAGE = """
import os, sys
from pathlib import Path
if sys.argv[1] == "make_token":
    print(*sys.argv[1:], *(os.environ[name] for name in ("ACCESS_TEAM_DOMAIN", "DATABASE_URL")))
    print(sys.stdin.read(), end="")
    sys.exit(int(sys.argv[-1]))
with Path("steps.txt").open("a") as steps:
    steps.write(sys.argv[1] + "\\n")
if sys.argv[1] == "migrate":
    Path(os.environ["DATABASE_URL"].removeprefix("sqlite:///")).write_text("")
if sys.argv[1] == "collectstatic":
    Path("staticfiles").mkdir(exist_ok=True)
if sys.argv[1] == "runedge":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tiny"
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""
TINY = """
BASE_DIR = "."
BASE_DOMAIN = "localhost"
INSTALLED_APPS = ["barbican.edge"]

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ.get("HTTP_CF_ACCESS_JWT_ASSERTION", "none").encode()]
"""
GUNICORN = """
import os
wsgi_app = "tiny:application"
bind = os.environ["BIND"]
worker_class = "gthread"
keepalive = 75
control_socket_disable = True
loglevel = "warning"
"""


class TestChecks:
    @pytest.mark.parametrize("version", [(3, 10), (2, 7)])
    def test_an_old_python(self, version):
        found = ".".join(map(str, version))
        assert demo.old_python(version) == (
            f"The demo needs Python 3.11 or later, and this is {found}."
        )

    def test_an_old_python_before_it_reads_what_only_a_new_one_can(self):
        pretend = (
            "import sys; sys.version_info = (3, 9, 2); sys.modules['barbican.edge'] = None;"
            "from barbican import demo; sys.exit(demo.main([]))"
        )
        done = subprocess.run(
            [sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "and this is 3.9." in done.stderr
        ast.parse(Path(demo.__file__).read_text(), feature_version=(3, 7))

    def test_a_missing_package(self):
        pretend = (
            "import sys; sys.modules['cryptography'] = None;"
            "from barbican import demo; sys.exit(demo.main(['--manage', 'check']))"
        )
        done = subprocess.run(
            [sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "The package cryptography is missing: run `make setup`" in done.stderr

    @pytest.mark.parametrize("version", [(3, 11), (3, 14)])
    def test_no_newer_python(self, version):
        assert demo.old_python(version) == ""

    @pytest.mark.parametrize(
        ("ports", "sentence"),
        [
            ((8000, 8000), "differ"),
            ((0, 8080), "between 1 and 65535"),
            ((8000, 70000), "EDGE_PORT"),
        ],
    )
    def test_ports_that_are_none(self, ports, sentence, monkeypatch):
        monkeypatch.setattr(options, "_is_free", lambda port: True)
        with pytest.raises(options.UsageError, match=sentence):
            options.check_ports(*ports)

    def test_a_taken_port_with_one_sentence_and_exit_code_2(self, capsys):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            assert demo.main(["--port", str(free_port()), "--edge-port", str(port)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert f"Port {port} is taken" in said
        assert "EDGE_PORT" in said

    def test_somebody_else_s_folder_with_one_sentence_and_exit_code_2(self, tmp_path, capsys):
        (tmp_path / "thesis.odt").write_text("")
        ports = ["--port", str(free_port()), "--edge-port", str(free_pair())]
        assert demo.main([*ports, "--state", str(tmp_path)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "holds 'thesis.odt', which is not the edge's" in said
        assert [each.name for each in tmp_path.iterdir()] == ["thesis.odt"]


class TestAdmin:
    def test_is_not_made_where_nobody_can_be_asked(self, tmp_path):
        done = subprocess.run(
            [sys.executable, "-m", "barbican.demo", "--admin", "--state", str(tmp_path / "state")],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "DJANGO_SUPERUSER_USERNAME": "ada"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert "run it in a terminal, or set DJANGO_SUPERUSER_USERNAME, DJANGO_" in done.stderr
        assert not (tmp_path / "state").exists()

    def test_is_made_of_what_the_environment_says_or_a_person(self):
        answers = dict.fromkeys(options.ADMIN_ANSWERS, "x")
        options.check_answers(answers, is_terminal=False)
        options.check_answers({}, is_terminal=True)
        with pytest.raises(options.UsageError):
            options.check_answers({**answers, "DJANGO_SUPERUSER_PASSWORD": ""}, is_terminal=False)


class TestManage:
    def test_wants_a_command(self, capsys, tmp_path):
        assert demo.main(["--state", str(tmp_path / "state"), "--manage"]) == 2
        said = capsys.readouterr().err
        assert (said.count("\n"), "--manage doctor" in said) == (1, True)
        assert not (tmp_path / "state").exists()

    def test_is_not_for_an_account_too(self, capsys):
        with pytest.raises(SystemExit) as ended:
            demo.main(["--admin", "--manage", "doctor"])
        assert ended.value.code == 2
        assert "not allowed with argument --admin" in capsys.readouterr().err

    @pytest.mark.e2e
    @pytest.mark.parametrize("code", [0, 1, 2])
    def test_runs_a_command_with_the_demo_s_settings_and_its_exit_code(self, project, code):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            own = ["--edge-port", str(port), "--manage"]
            done = self.run(project, *own, "make_token", "--json", "--port", str(code))
        assert (done.returncode, done.stderr) == (code, "")
        state = project / ".edge"
        assert done.stdout.splitlines() == [
            f"make_token --state {state} --json --port {code}"
            f" http://127.0.0.1:{port} sqlite:///{state}/demo.sqlite3",
            "piped",
        ]

    @pytest.mark.e2e
    @pytest.mark.parametrize("flags", [("--state", "mine"), ("--state=mine",)])
    def test_leaves_a_command_the_folder_that_it_names(self, project, flags):
        done = self.run(project, "--manage", "make_token", *flags, "0")
        assert done.stdout.startswith(f"make_token {' '.join(flags)} 0 http://")

    def test_has_the_exit_code_of_a_shell_where_a_signal_ended_it(self, project, monkeypatch):
        (project / "manage.py").write_text("import os; os.kill(os.getpid(), 15)")
        monkeypatch.setattr(running, "ROOT", project)
        assert running.manage(os.environ, ("doctor",)) == 128 + 15

    def run(self, project, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "barbican.demo", *arguments],
            cwd=project,
            env={"PATH": os.environ["PATH"]},
            input="piped\n",
            capture_output=True,
            text=True,
        )


class TestStops:
    def test_early_without_a_traceback(self, monkeypatch, tmp_path, capsys):
        def interrupt(*_arguments):
            raise KeyboardInterrupt

        monkeypatch.setattr(running, "prepare", interrupt)
        ports = ["--port", str(free_port()), "--edge-port", str(free_pair())]
        assert demo.main([*ports, "--state", str(tmp_path)]) == 130
        assert capsys.readouterr().err == ""


class TestGivesTheOrigin:
    def test_values_that_win_over_a_dot_env(self, tmp_path, monkeypatch):
        monkeypatch.setenv("SECRET_KEY", "theirs")
        monkeypatch.setenv("GUNICORN_CMD_ARGS", "--bind 0.0.0.0")
        found = environment.child_environment({"ACCESS_LOCAL_EDGE": "true"}, tmp_path, 8123)
        assert found["BIND"] == "127.0.0.1:8123"
        assert found["DATABASE_URL"] == f"sqlite:///{tmp_path}/demo.sqlite3"
        assert (found["ADMIN_AUD"], found["SERVICE_TOKEN_CLIENT_IDS"]) == ("", "")
        assert found["SECRET_KEY"] != "theirs"
        assert "GUNICORN_CMD_ARGS" not in found

    def test_a_key_of_its_own_that_stays(self, tmp_path):
        key = environment.secret_key(tmp_path)
        assert len(key) > 50
        assert environment.secret_key(tmp_path) == key
        assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600

    def test_no_key_where_it_cannot_be_written(self, tmp_path):
        with pytest.raises(options.UsageError, match=r"Cannot write .*secret_key: No such file"):
            environment.secret_key(tmp_path / "none")

    def test_no_damaged_key(self, tmp_path):
        (tmp_path / "secret_key").write_text("short")
        with pytest.raises(options.UsageError, match="delete it and start again"):
            environment.secret_key(tmp_path)


@pytest.fixture
def project(tmp_path):
    """The demo on its own, in front of a tiny origin."""
    root = tmp_path / "project"
    (root / "barbican").mkdir(parents=True)
    shutil.copytree(
        ROOT / "barbican" / "edge", root / "barbican" / "edge",
        ignore=shutil.ignore_patterns("__pycache__"),
    )  # fmt: skip
    for name in ("__init__.py", "demo.py", "protocol.py"):
        shutil.copy(ROOT / "barbican" / name, root / "barbican" / name)
    shutil.copy(ROOT / "edge.toml", root / "edge.toml")
    (root / "barbican" / "settings.py").write_text("")
    for name, text in (("manage.py", MANAGE), ("tiny.py", TINY), ("gunicorn.conf.py", GUNICORN)):
        (root / name).write_text(text)
    return root


class Demo:
    def __init__(self, root: Path, *flags: str) -> None:
        self.port, self.edge_port = free_port(), free_pair()
        ports = ["--port", str(self.port), "--edge-port", str(self.edge_port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "barbican.demo", *ports, *flags],
            cwd=root,
            env={"PATH": os.environ["PATH"]},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.introduction = ""
        for line in self.process.stdout:
            self.introduction += line
            if "decision of the edge follows" in line:
                break

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str, float]:
        started = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(20)
        return code, self.process.stderr.read(), time.monotonic() - started

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        self.process.stdout.close()
        self.process.stderr.close()


def is_closed(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.e2e
class TestRuns:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_both_servers_until_it_is_stopped(self, project, number):
        from barbican.edge.state.store import StateFolder

        with Demo(project) as running:
            organisation = StateFolder(project / ".edge").state().organisation
            found = pair(organisation)
            assert found[1][1] in running.introduction
            assert "worthless anywhere else" in running.introduction
            values = running.introduction.partition("\nexport ")
            assert "curl" not in values[0]
            assert values[2].count("export ") == 3
            assert f"http://localhost:{running.edge_port}/troubleshooting/\n" in values[0]
            assert " -m barbican.demo --admin\n" in values[0]
            edge = f"--edge-port {running.edge_port}"
            assert f" -m barbican.demo {edge} --manage doctor\n" in values[0]
            assert running.introduction.startswith("\nBarbican Identity Demo is up.")
            mailbox = f"http://127.0.0.1:{running.edge_port + 1}/mailbox"
            assert f"below, and {mailbox}\n" in running.introduction
            assert get(running.edge_port, "/service-token/", found).body.startswith(b"eyJ")
            assert get(running.edge_port, "/service-token/").status == 401
            assert get(running.port, "/", found).body == b"none"
            code, said, seconds = running.stop(number)
            assert (code, said) == (0, "")
            assert seconds < 6
            assert is_closed(running.port)
            assert is_closed(running.edge_port)
        steps = (project / "steps.txt").read_text().split()
        assert steps == ["migrate", "seed_copy", "collectstatic", "runedge"]

    def test_no_step_again_and_the_flags(self, project):
        with Demo(project) as first:
            first.stop()
        with Demo(project, "--legacy", "--no-401") as second:
            assert get(second.edge_port, "/service-token/").status == 403
            second.stop()
        steps = (project / "steps.txt").read_text().split()
        assert steps == ["migrate", "seed_copy", "collectstatic", "runedge", "runedge"]

    def test_nothing_on_when_a_part_fails(self, project):
        (project / "gunicorn.conf.py").write_text("raise SystemExit(3)")
        with Demo(project) as running:
            assert running.process.wait(20) == 1
            said = running.process.stderr.read()
            assert said == "The origin ended with exit code 3; everything is stopped.\n"
            assert is_closed(running.edge_port)

    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            ("[organisation]", "[organization]", "There is no table 'organization' here. Did you"),
            ("barbican-other-token", "renamed", "There is no service token named 'barbican-other"),
        ],
    )
    def test_not_with_a_file_that_it_cannot_use(self, project, before, after, said):
        path = project / "edge.toml"
        path.write_text(path.read_text().replace(before, after))
        with Demo(project) as running:
            assert running.process.wait(20) == 2
            stderr = running.process.stderr.read()
            assert said in stderr
            assert "Traceback" not in stderr

    def test_and_says_why_the_good_pair_does_not_pass(self, project):
        path = project / "edge.toml"
        named = '    { service_token = "barbican-demo-token" },\n'
        path.write_text(path.read_text().replace(named, ""))
        with Demo(project) as running:
            assert (
                "# The good pair, by path: 403\n"
                "# Not 200: service token not allowed by any policy, at the application"
                " 'Service token demo, by path', as edge.toml or the management API has it.\n"
                "curl -i"
            ) in running.introduction
            running.stop()

    def test_not_after_a_failed_step(self, project):
        (project / "manage.py").write_text("raise SystemExit('no database')")
        with Demo(project) as running:
            assert running.process.wait(20) == 2
            assert "no database\n`manage.py migrate` failed" in running.process.stderr.read()

    def test_not_on_a_full_disk_and_says_so_in_one_sentence(self, project):
        (project / "manage.py").write_text(
            "class OperationalError(Exception): __module__ = 'django.db.utils'\n"
            "raise OperationalError('database or disk is full')"
        )
        with Demo(project) as running:
            assert running.process.wait(20) == 2
            assert running.process.stderr.read() == (
                "`manage.py migrate` failed: database or disk is full."
                f" All data is in {project / '.edge'}.\n"
            )
        assert not (project / ".edge" / "prepared").exists()
