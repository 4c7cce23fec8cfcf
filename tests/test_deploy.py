"""What lies in deploy/ says the same as the lab: names, ports, folders, commands. No Docker is needed."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from streamlit import config
from typer.testing import CliRunner

from dlcore.cli.main import app as commands
from dlcore.runs.storage.address import named_address
from tests.waiting import DEADLINE_SECONDS
from ui.health import ROUTES
from ui.identity import OWNER_COOKIE

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
INSTRUCTIONS = {
    "FROM",
    "ARG",
    "ENV",
    "WORKDIR",
    "COPY",
    "RUN",
    "USER",
    "VOLUME",
    "EXPOSE",
    "HEALTHCHECK",
    "CMD",
}
NEEDED = ("app.py", "dlcore/runs/worker.py", "ui/router.py", "pages/home.py", ".streamlit/config.toml")


def instructions() -> list[tuple[str, str]]:
    """(name, the rest) of the Dockerfile, continued lines joined, comments gone."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), flags=re.M)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line.strip()]


def said(name: str) -> list[str]:
    return [rest for known, rest in instructions() if known == name]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in said("ENV") for pair in shlex.split(rest))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


def services(compose: dict[str, Any]) -> list[dict[str, Any]]:
    return [compose["services"][name] for name in ("lab", "lab-cuda")]


# --- The image ----------------------------------------------------------------------------------


def test_the_dockerfile_is_one_and_keeps_its_rules() -> None:
    names = [name for name, _ in instructions()]
    assert set(names) <= INSTRUCTIONS
    assert names[0] == "FROM"
    assert names.count("CMD") == names.count("HEALTHCHECK") == names.count("USER") == 1
    assert names.index("USER") > max(place for place, name in enumerate(names) if name == "RUN")
    (base,) = said("FROM")
    assert re.fullmatch(r"python:3\.1[123]-slim", base), "a version that the lab supports"
    user, group = said("USER")[0].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert not re.search("apt-get|curl|wget|sudo|chmod 777", " ".join(said("RUN")))


def test_it_installs_what_is_pinned_before_it_copies_what_changes() -> None:
    copies = said("COPY")
    assert copies == ["requirements.txt requirements.lock requirements-cluster.txt ./", ". ."]
    assert all((ROOT / file).exists() for file in copies[0].split()[:-1])
    install = said("RUN")[0]
    assert "--require-hashes -r requirements.lock" in install
    assert "whl/$TORCH" in install


def test_what_is_left_out_of_the_image_is_nothing_the_lab_needs() -> None:
    patterns = [
        line
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    for needed in NEEDED:
        parents = [needed, *map(str, Path(needed).parents)]
        assert not any(fnmatch(part, pattern) for part in parents for pattern in patterns), needed
    assert {".git", ".venv", ".data", ".streamlit/secrets.toml"} <= set(patterns)


def test_the_data_folder_is_a_volume_of_its_own() -> None:
    assert said("VOLUME") == [environment()["DLLAB_DATA_DIR"]]
    assert environment()["HOME"] == "/tmp", "all else that is written goes there"


def started(command: list[str]) -> None:
    """A command of ours: `python -m dlcore …`, with options that it has."""
    assert command[:3] == [command[0], "-m", "dlcore"]
    done = CliRunner().invoke(commands, [*command[3:], "--help"])
    assert done.exit_code == 0, done.output
    assert "--port" in command


def test_image_and_unit_start_the_lab_by_a_command_that_it_has() -> None:
    started(json.loads(said("CMD")[0]))
    started(unit()["Service"]["ExecStart"].split())


# --- Health -------------------------------------------------------------------------------------


def checks(compose: dict[str, Any]) -> list[list[str]]:
    """Every command that asks for the lab's health."""
    image = json.loads(said("HEALTHCHECK")[0].partition("CMD ")[2])
    return [image, *(service["healthcheck"]["test"][1:] for service in services(compose))]


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A server that gives this answer to the lab's own route; its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == ROUTES[0].path else 404)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False)])
def test_the_check_asks_the_labs_own_route(compose: dict[str, Any], status: int, well: bool) -> None:
    found = checks(compose)
    assert all(check == found[0] for check in found)
    with answering(status) as port:
        command = [sys.executable, *(part.replace(":8501", f":{port}") for part in found[0][1:])]
        proxy = dict.fromkeys(
            ("http_proxy", "HTTP_PROXY"), "http://127.0.0.1:9"
        )  # a school's; nobody is there
        done = subprocess.run(command, capture_output=True, timeout=DEADLINE_SECONDS, env=os.environ | proxy)
    assert (done.returncode == 0) is well, done.stderr


# --- Compose ------------------------------------------------------------------------------------


def test_both_services_are_the_same_but_for_cuda(compose: dict[str, Any]) -> None:
    cpu, cuda = services(compose)
    own = {"image", "build", "deploy", "profiles"}
    assert {k: v for k, v in cpu.items() if k not in own} == {k: v for k, v in cuda.items() if k not in own}
    assert [service["build"]["args"]["TORCH"] for service in (cpu, cuda)] == ["cpu", "cuda"]
    assert "profiles" not in cpu
    (device,) = cuda["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
    for service in (cpu, cuda):
        built = (DEPLOY / service["build"]["context"]).resolve()
        assert (built / service["build"]["dockerfile"]).samefile(DEPLOY / "Dockerfile")


def test_a_service_may_write_its_data_and_what_passes_and_no_more(compose: dict[str, Any]) -> None:
    for service in services(compose):
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["user"] == said("USER")[0]
        ((volume, folder),) = [each.split(":") for each in service["volumes"]]
        assert folder == environment()["DLLAB_DATA_DIR"]
        assert volume in compose["volumes"]
        assert any(each.split(":")[0] == environment()["HOME"] for each in service["tmpfs"])
        assert "privileged" not in service


def test_the_port_is_one_everywhere(compose: dict[str, Any]) -> None:
    (port,) = said("EXPOSE")
    command = json.loads(said("CMD")[0])
    assert command[command.index("--port") + 1] == port
    ports = [f"${{DLLAB_BIND:-0.0.0.0}}:{port}:{port}"]
    assert all(service["ports"] == ports for service in services(compose))
    assert all(f":{port}/" in " ".join(check) for check in checks(compose))
    start = unit()["Service"]["ExecStart"].split()
    assert start[start.index("--port") + 1] == port


def test_every_variable_is_one_that_the_lab_reads(compose: dict[str, Any], cluster: dict[str, Any]) -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("dlcore", "ui")
        for path in (ROOT / folder).rglob("*.py")
    )
    named = {name for service in (*services(compose), *labs(cluster)) for name in service["environment"]}
    named -= {"STREAMLIT_SERVER_COOKIE_SECRET"}  # Streamlit itself reads it
    named |= {name for name in environment() if name.startswith("DLLAB_")}
    assert named
    assert {name for name in named if f'"{name}"' not in sources} == set()


# --- Several servers ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.cluster.yaml").read_text(encoding="utf-8"))
    return found


def labs(cluster: dict[str, Any]) -> list[dict[str, Any]]:
    return [service for name, service in cluster["services"].items() if name.startswith("lab-")]


def test_the_servers_are_alike_and_share_what_they_must(
    compose: dict[str, Any], cluster: dict[str, Any]
) -> None:
    one, two = labs(cluster)
    assert {**one, "hostname": ""} == {**two, "hostname": ""}
    assert one["hostname"] != two["hostname"], "each has a journal of its own"
    shared = {"init", "restart", "user", "read_only", "tmpfs", "shm_size", "cap_drop", "security_opt"}
    shared |= {"healthcheck", "volumes", "pids_limit", "logging", "stop_grace_period"}
    assert {name: one[name] for name in shared} == {name: compose["services"]["lab"][name] for name in shared}
    assert "ports" not in one, "everybody comes through the gateway"
    assert one["environment"]["DLLAB_BEHIND_PROXY"] == "1"
    assert one["build"]["args"]["CLUSTER"] == "1"
    assert any("requirements-cluster.txt" in rest for rest in said("RUN"))


def test_the_servers_reach_the_database_that_is_there(cluster: dict[str, Any]) -> None:
    url = re.sub(r"\$\{\w+:\?[^}]+\}", "secret", labs(cluster)[0]["environment"]["DLLAB_DATABASE_URL"])
    address = named_address(url)
    database = cluster["services"][address.host]
    assert address.get_backend_name() == "postgresql"
    check = " ".join(database["healthcheck"]["test"])
    assert "--host 127.0.0.1" in check, "on its socket it answers before it is made"
    known = database["environment"]
    assert (address.username, address.database) == (known["POSTGRES_USER"], known["POSTGRES_DB"])
    assert labs(cluster)[0]["depends_on"][address.host] == {"condition": "service_healthy"}
    for service in cluster["services"].values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source in cluster["volumes"] or (DEPLOY / source).is_file()


def test_one_secret_signs_for_all_servers(cluster: dict[str, Any]) -> None:
    environment = labs(cluster)[0]["environment"]
    assert "STREAMLIT_SERVER_COOKIE_SECRET" in environment
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STREAMLIT_SERVER_COOKIE_SECRET", "one for all")
        options = config.get_config_options(force_reparse=True)
        assert options["server.cookieSecret"].value == "one for all"
    config.get_config_options(force_reparse=True)


def gateway() -> str:
    return re.sub(r"#.*", "", (DEPLOY / "nginx.conf").read_text(encoding="utf-8"))


def test_the_gateway_knows_the_servers_and_the_cookie(cluster: dict[str, Any]) -> None:
    text = gateway()
    (port,) = said("EXPOSE")
    servers = re.findall(r"server ([\w-]+):(\d+) ", text)
    assert servers == [(name, port) for name in cluster["services"] if name.startswith("lab-")]
    assert set(re.findall(r"\$cookie_(\w+)", text)) == {OWNER_COOKIE}
    assert "hash $visitor consistent;" in text
    assert len(re.findall(r"server lab-\d:\d+ resolve ", text)) == len(servers), "addresses change"
    assert re.search(r"resolver 127\.0\.0\.11 .*?upstream lab \{\s+zone ", text, flags=re.S)
    image = re.fullmatch(r"nginx:(\d+)\.(\d+)-alpine", cluster["services"]["gateway"]["image"])
    assert image is not None
    assert (int(image[1]), int(image[2])) >= (1, 28), "before, only the paid one knew `resolve`"
    (listens,) = re.findall(r"listen (\d+);", text)
    assert cluster["services"]["gateway"]["ports"] == [f"${{DLLAB_BIND:-0.0.0.0}}:{port}:{listens}"]
    *command, check = cluster["services"]["gateway"]["healthcheck"]["test"]
    assert command[:4] == ["CMD", "wget", "-Y", "off"], "whatever proxy the school has"
    assert urlsplit(check).path == ROUTES[0].path
    assert urlsplit(check).port in (None, int(listens))
    assert cluster["services"]["gateway"]["read_only"] is True
    assert all(":size=" in folder for folder in cluster["services"]["gateway"]["tmpfs"]), "it is memory"
    (most,) = re.findall(r"client_max_body_size (\d+)m;", text)
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert int(most) == settings["server"]["maxUploadSize"] + 1, "a file comes in the frame of its form"
    assert f"client_max_body_size {most}m;" in (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    assert {"Upgrade", "Host", "X-Forwarded-For"} <= set(re.findall(r"proxy_set_header ([\w-]+) ", text))


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_takes_the_file(tmp_path: Path) -> None:
    file = tmp_path / "nginx.conf"
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    here = re.sub(r"server lab-\d:(\d+) resolve", r"server 127.0.0.1:\1", text)  # a machine's may be older
    file.write_text(f"pid {tmp_path}/pid;\n{here}", encoding="utf-8")
    command = ["nginx", "-t", "-p", str(tmp_path), "-c", str(file), "-e", str(tmp_path / "log")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert "syntax is ok" in done.stderr, done.stderr


# --- systemd ------------------------------------------------------------------------------------


def unit() -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(DEPLOY / "deep-learning-lab.service", encoding="utf-8")
    return read


def test_the_unit_gives_the_lab_a_folder_and_nothing_else() -> None:
    service = unit()["Service"]
    assert service["ExecStart"].startswith(f"{service['WorkingDirectory']}/.venv/bin/python ")
    assert service["StateDirectoryMode"] == "0700"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    text = (DEPLOY / "deep-learning-lab.service").read_text(encoding="utf-8")
    assert f"DLLAB_DATA_DIR=%S/{service['StateDirectory']}" in text
    assert unit()["Install"]["WantedBy"] == "multi-user.target"


def test_the_lab_ends_its_workers_itself_and_outlives_them() -> None:
    service = unit()["Service"]
    assert service["KillMode"] == "mixed", "SIGTERM is the lab's alone: weights are still to be kept"
    assert service["OOMPolicy"] == "continue", "a worker without memory is not the end of a lesson"
    assert re.fullmatch(r"[1-9]\d%", service["MemoryMax"])


def test_every_command_names_its_file() -> None:
    """There is none in the lab's folder that Compose would find by itself."""
    commands = re.findall(r"docker compose (.+)", (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8"))
    assert commands
    assert [command for command in commands if not re.match(r"-f deploy/compose|…", command)] == []


def test_what_needs_more_packages_says_so_where_it_is_one_more_line(compose: dict[str, Any]) -> None:
    assert all("CLUSTER" not in service["build"]["args"] for service in services(compose))
    line = r"`DLLAB_DATABASE_URL`, `DLLAB_BLOBS` and `DLLAB_ENGINE` need `CLUSTER: \"1\"` under `args:`"
    assert re.search(line, (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", ["compose.yaml", "compose.cluster.yaml"])
def test_what_every_command_needs_is_exported_first(file: str) -> None:
    """Compose fills in a file's variables for each command, also to read logs."""
    text = (DEPLOY / file).read_text(encoding="utf-8")
    needed = set(re.findall(r"\$\{(\w+):\?", text))
    assert needed
    documents = [text, (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")]
    for document in documents:
        before, *after = document.split(f"docker compose -f deploy/{file}")
        assert after
        exported = [line for line in before.splitlines() if re.match(r"#? *export ", line)][-1]
        assert all(f"{name}=" in exported for name in needed), exported
