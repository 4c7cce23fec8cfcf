"""The installation: what is damaged in it is said in one sentence, and `make repair` installs it again.

A small project with the lab's Makefile is installed from wheels made here, so that no network is needed.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COMPILED = importlib.util.find_spec("markupsafe._speedups")  # a real library, and a small one

pytestmark = [
    pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed here."),
    pytest.mark.skipif(
        COMPILED is None or not COMPILED.origin, reason="MarkupSafe has no compiled library here."
    ),
]


def make_wheel(folder: Path, name: str, files: Mapping[str, bytes], build: str = "") -> None:
    """A wheel of version 1.0, as pip installs it; `build` as in "+cpu"."""
    info = f"{name}-1.0{build}.dist-info"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0{build}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{path},{digest(content)},{len(content)}" for path, content in files.items()]
    with zipfile.ZipFile(folder / f"{name}-1.0{build}-py3-none-any.whl", "w") as wheel:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (stat.S_IFREG | 0o755) << 16  # else a script may not run
            wheel.writestr(entry, content)
        wheel.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]))


def digest(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


class Project:
    """A copy of the Makefile and what it calls, with two packages: one compiled, one that is the server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "wheels").mkdir()
        (folder / "scripts").mkdir()
        for name in ("Makefile", "scripts/check-environment"):
            shutil.copy(ROOT / name, folder / name)
        (folder / "requirements.txt").write_text("# What is needed.\nfast_sums==1.0\nstreamlit==1.*\n")
        assert COMPILED is not None
        assert COMPILED.origin is not None
        library = Path(COMPILED.origin)
        self.library = f"fast_sums/{library.name}"
        make_wheel(
            folder / "wheels",
            "fast_sums",
            {
                "fast_sums/__init__.py": b"from fast_sums import _speedups, words\n",
                "fast_sums/words.py": b"SUM = 'sum'\n" + b"#" * 80,
                self.library: library.read_bytes(),
            },
        )
        server = b"import fast_sums\n\n\ndef main():\n    print('It serves', fast_sums.words.SUM)\n"
        command = b"[console_scripts]\nstreamlit = streamlit:main\n"
        make_wheel(
            folder / "wheels",
            "streamlit",
            {"streamlit.py": server, "streamlit-1.0.dist-info/entry_points.txt": command},
        )

    def make(
        self, target: str, *settings: str, folder: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """There are `wheels` of ours and no index, unless these variables of pip's say otherwise."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MAKE"))},
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.folder / "wheels"),
        } | variables
        return subprocess.run(
            ["make", target, f"PYTHON={sys.executable}", *settings],
            cwd=folder or self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
        )

    @property
    def packages(self) -> Path:
        base = {"base": str(self.folder / ".venv"), "platbase": str(self.folder / ".venv")}
        return Path(sysconfig.get_path("purelib", "venv", base))

    def refuses(self, sentence: str) -> None:
        """It does not start, and says only this and make's own line."""
        done = self.make("run")
        assert done.returncode != 0
        assert "It serves" not in done.stdout
        assert "Traceback" not in done.stderr
        broken = f"The installation in {self.folder / '.venv'} is broken: "
        assert done.stderr.splitlines()[0] == f'{broken}{sentence}. "make repair" installs that again.'

    def serves(self) -> None:
        done = self.make("run")
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "It serves sum"), done.stderr

    def repaired(self) -> None:
        done = self.make("repair")
        assert done.returncode == 0, done.stderr
        assert "whole again" in done.stdout
        self.serves()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Installed, and whole: every test leaves it so."""
    project = Project(tmp_path_factory.mktemp("install"))
    done = project.make("install")
    assert done.returncode == 0, done.stderr
    return project


def test_what_is_whole_is_left_alone(project: Project) -> None:
    project.serves()
    done = project.make("repair")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "pip" not in project.make("install").stdout


@pytest.mark.parametrize("name", ["library", "words"])
def test_a_file_that_is_cut_short(project: Project, name: str) -> None:
    path = {"library": project.library, "words": "fast_sums/words.py"}[name]
    file = project.packages / path
    size = file.stat().st_size
    os.truncate(file, size // 2)
    project.refuses(f"fast-sums is damaged ({path} has {size // 2:,} of {size:,} bytes)")
    project.repaired()
    assert file.stat().st_size == size


def test_a_file_that_is_gone(project: Project) -> None:
    (project.packages / "fast_sums/__init__.py").unlink()
    project.refuses("fast-sums is damaged (fast_sums/__init__.py is missing)")
    project.repaired()


def test_a_package_that_is_gone(project: Project) -> None:
    shutil.rmtree(project.packages / "fast_sums-1.0.dist-info")
    project.refuses("fast-sums is missing")
    project.repaired()


def test_a_package_that_is_half_installed_and_that_pip_takes_for_installed(project: Project) -> None:
    shutil.rmtree(project.packages / "fast_sums")
    (project.packages / "fast_sums-1.0.dist-info/RECORD").unlink()
    project.refuses("fast-sums is only half installed")
    project.repaired()


@pytest.mark.parametrize(
    "cut",
    [
        lambda record: record[: len(record) // 2],
        lambda record: record[: record.index(b"METADATA") - 2] + b"\xff\xfe\n",
        lambda record: record.partition(b"fast_sums-1.0.dist-info/RECORD")[0],
        lambda record: record.rstrip()[:-1],
    ],
    ids=["in mid-line", "not in text", "at a line's end", "within its last number"],
)
def test_a_list_of_files_that_was_not_written_to_its_end(
    project: Project, cut: Callable[[bytes], bytes]
) -> None:
    record = project.packages / "fast_sums-1.0.dist-info/RECORD"
    record.write_bytes(cut(record.read_bytes()))
    project.refuses("fast-sums is only half installed")
    project.repaired()


def test_a_library_that_ends_the_process(project: Project) -> None:
    """Its size tells nothing: the start fails, and then it is said why."""
    file = project.packages / "fast_sums/words.py"
    deadly = b"import os; os.kill(os.getpid(), 7)\n"  # what "Bus error" is
    file.write_bytes(deadly + b"#" * (file.stat().st_size - len(deadly)))
    shutil.rmtree(
        file.parent / "__pycache__", ignore_errors=True
    )  # of the same second and size, it would serve
    done = project.make("run")
    assert done.returncode != 0
    assert "fast_sums cannot be imported (signal 7)" in done.stderr
    project.repaired()


def test_what_only_developers_need_is_looked_for_too(project: Project) -> None:
    """Once it has been installed; to start the lab it is not needed."""
    make_wheel(project.folder / "wheels", "ruff", {"ruff.py": b""})
    (project.folder / "requirements-dev.txt").write_text("-r requirements.txt\nruff==1.0\n")
    done = project.make("install-dev")
    assert done.returncode == 0, done.stderr
    shutil.rmtree(project.packages / "ruff-1.0.dist-info")
    for target in ("check", "bench"):
        done = project.make(target)
        assert done.returncode != 0
        assert "is broken: ruff is missing." in done.stderr
    project.serves()
    project.repaired()
    assert "is broken" not in project.make("check").stderr
    (project.folder / ".venv/.installed-dev").unlink()


def test_an_interrupted_installation_heals_itself(project: Project) -> None:
    (project.folder / ".venv/.installed").unlink()
    (project.packages / "fast_sums-1.0.dist-info/RECORD").unlink()
    shutil.rmtree(project.packages / "pip")
    done = project.make("install")
    assert done.returncode == 0, done.stderr
    assert "fast-sums is only half installed. It is installed again." in done.stdout
    project.serves()


def test_what_cannot_be_repaired_says_what_is_left_to_do(project: Project) -> None:
    wheel = project.folder / "wheels/fast_sums-1.0-py3-none-any.whl"
    hidden = wheel.rename(project.folder / "hidden")
    (project.packages / "fast_sums/words.py").unlink()
    done = project.make("repair")
    assert done.returncode != 0
    assert '"make clean" and then "make" begin anew' in done.stderr
    assert "Traceback" not in done.stderr
    hidden.rename(wheel)
    project.refuses("fast-sums is damaged (fast_sums/words.py is missing)")
    project.repaired()


def test_a_bundle_installs_elsewhere_and_asks_no_index(project: Project, tmp_path: Path) -> None:
    """The same script and Makefile that collect PyTorch collect two small wheels."""
    names = ("fast_sums", "streamlit")
    wheels = {name: project.folder / f"wheels/{name}-1.0-py3-none-any.whl" for name in names}
    lock = [f"{name}==1.0 --hash=sha256:{hashed(wheel)}" for name, wheel in wheels.items()]
    (project.folder / "requirements.lock").write_text("\n".join(lock))
    shutil.copy(ROOT / "scripts/bundle", project.folder / "scripts/bundle")
    (project.folder / "__pycache__").mkdir(exist_ok=True)
    done = project.make("bundle", "BUNDLE=stick")
    assert done.returncode == 0, done.stderr
    assert "INSTALL.txt in it says how" in done.stdout
    stick = (project.folder / "stick").rename(tmp_path / "a stick")  # pip parts what is named absolutely
    assert {path.name for path in (stick / "wheels").iterdir()} == {wheel.name for wheel in wheels.values()}
    lab = stick / "deep-learning-lab"
    assert (lab / "scripts/bundle").exists()
    assert not any((lab / left).exists() for left in (".venv", "__pycache__", "stick"))
    elsewhere = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_NO_INDEX": ""}
    done = project.make("run", "WHEELS=../wheels", folder=lab, **elsewhere)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "It serves sum"), done.stderr


def hashed(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_what_a_bundle_cannot_have_is_said(project: Project, tmp_path: Path) -> None:
    shutil.copy(ROOT / "scripts/bundle", project.folder / "scripts/bundle")
    (project.folder / "requirements.lock").write_text(f"fast_sums==1.0 --hash=sha256:{64 * '0'}")
    done = project.make("bundle", f"BUNDLE={tmp_path / 'stick'}")
    assert done.returncode != 0
    assert "Not all could be had" in done.stderr
    assert list((tmp_path / "stick").glob("*[!s]")) == [], (
        "nothing to be taken away, nothing in the way of a retry"
    )


def test_a_bundle_replaces_a_bundle_and_nothing_else(project: Project, tmp_path: Path) -> None:
    """At home there may lie a lab of the same name, with somebody's work in it."""
    shutil.copy(ROOT / "scripts/bundle", project.folder / "scripts/bundle")
    wheel = project.folder / "wheels/fast_sums-1.0-py3-none-any.whl"
    (project.folder / "requirements.lock").write_text(f"fast_sums==1.0 --hash=sha256:{hashed(wheel)}")
    home = tmp_path / "home"
    work = home / "deep-learning-lab/work.txt"
    work.parent.mkdir(parents=True)
    work.write_text("of a year")
    for note in (None, "How to install something else."):
        if note:
            (home / "INSTALL.txt").write_text(note)
        done = project.make("bundle", f"BUNDLE={home}")
        assert done.returncode != 0
        assert "deep-learning-lab is of no bundle: move it away, or name another folder" in done.stderr
        assert work.read_text() == "of a year"
    work.unlink()
    for _ in range(2):  # an empty folder, and a bundle
        done = project.make("bundle", f"BUNDLE={home}")
        assert done.returncode == 0, done.stderr
        assert (work.parent / "scripts/bundle").exists()
        assert not work.exists()
        work.write_text("of the bundle before")


def test_pytorch_without_cuda_comes_from_its_own_index(tmp_path: Path) -> None:
    """Its version ends in +cpu, which the pin allows and pip takes for the newer one."""
    project = Project(tmp_path)
    index = tmp_path / "index/cpu/fast-sums"
    index.mkdir(parents=True)
    make_wheel(
        index,
        "fast_sums",
        {"fast_sums/__init__.py": b"from fast_sums import words", "fast_sums/words.py": b"SUM = 'cpu'"},
        "+cpu",
    )
    (wheel,) = index.iterdir()
    (index / "index.html").write_text(f'<a href="{wheel.name.replace("+", "%2B")}">{wheel.name}</a>')
    usual = {"PIP_NO_INDEX": "", "PIP_INDEX_URL": f"file://{tmp_path / 'usual'}"}
    done = project.make("run", "TORCH=cpu", f"TORCH_INDEX=file://{tmp_path / 'index'}", **usual)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "It serves cpu"), done.stderr
