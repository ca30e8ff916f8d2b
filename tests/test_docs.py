"""The documentation keeps its promises: links lead somewhere, commands and settings that it shows exist."""

import importlib.util
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
import yaml

from metacalo.cli.app import app
from metacalo.geometry import load_detector

PROJECT = Path(__file__).parents[1]
PAGES_FOLDER = PROJECT / "docs" / "pages"
PAGES = sorted(PAGES_FOLDER.rglob("*.md"))
WRITTEN = [PROJECT / "README.md", PROJECT / "CHANGELOG.md", PROJECT / "examples" / "README.md", *PAGES]


def named(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def program(name: str) -> ModuleType:
    """A script of the documentation, as a module."""
    spec = importlib.util.spec_from_file_location(name, PROJECT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


run_commands = program("run_commands")
command_line_help = program("command_line_help")

BLOCKS = [block for page in WRITTEN for block in run_commands.blocks_of(page)]


def prose(page: Path) -> str:
    """Text of a page without its code."""
    text = re.sub(r"^[ ]*```.*?^[ ]*```[ ]*$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(page: Path) -> set[str]:
    """What a link to the page may name after its #: headings, and documented names of Python."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), flags=re.M)
    slugs = {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}
    return slugs | set(re.findall(r"^::: (\S+)$", text, flags=re.M))


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_every_link_leads_somewhere(page):
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith(("https://", "http://")):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_links_only_to_pages_of_the_site(page):
    targets = [t.partition("#")[0] for t in re.findall(r"\]\(([^)\s]+)\)", prose(page)) if "://" not in t]
    outside = [t for t in targets if t and not (page.parent / t).resolve().is_relative_to(PAGES_FOLDER)]
    assert outside == []


def test_every_page_is_in_the_navigation_once():
    configuration = yaml.safe_load((PROJECT / "docs" / "mkdocs.yml").read_text(encoding="utf-8"))

    def listed(entry: Any) -> Iterator[str]:
        if isinstance(entry, str):
            yield entry
        for part in entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ():
            yield from listed(part)

    pages = [path.relative_to(PAGES_FOLDER).as_posix() for path in PAGES]
    assert sorted(listed(configuration["nav"])) == sorted(pages)


def metacalo_commands(code: str) -> Iterator[list[str]]:
    """Words of each call of metacalo in shell code, without the first."""
    for line in code.replace("\\\n", " ").splitlines():
        call: list[str] = []
        for word in [*shlex.split(line, comments=True), ";"]:
            if word not in (";", "&&", "||", "|"):
                call.append(word)
                continue
            if call and call[0] == "metacalo":
                yield call[1:]
            call = []


def unknown_words(call: list[str]) -> list[str]:
    """Commands and options of a call that metacalo does not have."""
    command: Any = typer.main.get_command(app)
    words = list(call)
    while hasattr(command, "commands"):
        if not words or words[0].startswith("-"):
            break
        if words[0] not in command.commands:
            return [words[0]]
        command = command.commands[words.pop(0)]
    known = {"--help", "-h", *(option for parameter in command.params for option in parameter.opts)}
    return [word for word in words if re.match(r"--?[a-z]", word) and word.split("=")[0] not in known]


def test_the_check_of_commands_sees_what_does_not_exist():
    assert unknown_words(["adapt", "--geometry", "lhcb_ecal", "--n-shower", "3"]) == ["--n-shower"]
    assert unknown_words(["geometry", "sho"]) == ["sho"]
    assert unknown_words(["generate", "-n", "5", "--model", "x"]) == []
    assert list(metacalo_commands("cd x && metacalo adapt \\\n  --seed 1 | tee y")) == [
        ["adapt", "--seed", "1"]
    ]


def test_every_command_that_is_shown_exists_with_its_options():
    wrong, calls = [], 0
    for block in BLOCKS:
        for call in metacalo_commands(block.code) if block.language == "bash" else ():
            calls += 1
            wrong += [f"{named(block.page)}:{block.line}: {word}" for word in unknown_words(call)]
    assert wrong == []
    assert calls > 10


def test_commands_in_the_running_text_exist():
    wrong = []
    for page in PAGES + WRITTEN[:1]:
        for shown in re.findall(r"`(metacalo [a-z][^`\n]*)`", page.read_text(encoding="utf-8")):
            words = [w for w in shlex.split(shown)[1:] if w not in ("|", "...", "DIR", "NAME", "FILE")]
            wrong += [f"{named(page)}: {word}" for word in unknown_words(words)]
    assert wrong == []


@pytest.mark.parametrize(
    "block",
    [b for b in BLOCKS if b.language == "yaml"],
    ids=lambda block: f"{named(block.page)}:{block.line}",
)
def test_every_detector_that_is_shown_is_accepted(block, tmp_path):
    file = tmp_path / "shown.yaml"
    file.write_text(block.code, encoding="utf-8")
    assert load_detector(file).n_layers > 0


def test_python_that_is_shown_is_python():
    blocks = [block for block in BLOCKS if block.language == "python"]
    assert len(blocks) > 10
    for block in blocks:
        compile(block.code, f"{named(block.page)}:{block.line}", "exec")


def test_names_of_the_python_reference_are_there():
    names = re.findall(r"^::: (\S+)$", (PAGES_FOLDER / "reference" / "python.md").read_text(), flags=re.M)
    assert len(names) > 20
    for name in names:
        package, _, attribute = name.rpartition(".")
        found = getattr(import_module(package), attribute, None) or import_module(name)
        assert found.__doc__, name


def test_the_command_line_reference_has_every_command():
    page = (PAGES_FOLDER / "reference" / "command_line.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^<!-- help: ?([a-z ]*?) ?-->$", page, flags=re.M))
    found = {""}
    for name, command in typer.main.get_command(app).commands.items():
        found |= {name, *(f"{name} {part}" for part in getattr(command, "commands", ()))}
    assert shown == found


def test_the_help_of_a_command_is_put_into_its_place():
    page = command_line_help.on_page_markdown("before\n\n<!-- help: geometry list -->\n\nafter\n")
    assert page.startswith("before\n\n```text\nUsage: metacalo geometry list [OPTIONS]")
    assert page.endswith("\n```\n\nafter\n")


def test_a_command_that_fails_fails_the_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```text\nfalse\n```\n<!-- not run: no -->\n```bash\nfalse\n```\n", encoding="utf-8")
    run_commands.run_page(page, tmp_path, frozenset({"bash"}))
    page.write_text('```python title="a.py"\nraise ValueError\n```\n```bash\ntest -f a.py; false\n```\n')
    with pytest.raises(SystemExit, match=r"page.md:5: this ended with code 1"):
        run_commands.run_page(page, tmp_path, frozenset({"bash", "python"}))
    assert (tmp_path / "a.py").read_text() == "raise ValueError\n"


def test_the_checks_run_the_commands_of_the_readme():
    checks = (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    blocks = [b.code.strip() for b in BLOCKS if b.page.name == "README.md" and b.language == "bash"]
    first, second, *more = blocks
    run = [line.strip().replace("timeout 300 pytest", "pytest") for line in checks]
    assert run.index(first) < run.index(second)
    assert not [line for line in run[: run.index(second)] if "pip install" in line and line != first]
    for block in more:
        places = [run.index(line) for line in block.splitlines()]
        assert run.index(first) < places[0]
        assert places == sorted(places)


def test_the_checks_hold_the_tests_to_their_time():
    checks = (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "pip install '.[test]' && timeout 300 pytest" in [line.strip() for line in checks]


def test_the_checks_build_learn2learn_as_the_documentation_says():
    checks = (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    (page,) = (page for page in PAGES if page.name == "learn2learn.md")
    first = next(run_commands.blocks_of(page))
    for command in first.code.strip().splitlines():
        assert command in [line.strip() for line in checks]


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_no_page_names_a_place_on_one_machine(page):
    assert re.findall(r"(?:^|[\s`\"'(=])/(?:home|root|work|tmp|opt|usr)/\S*", page.read_text()) == []


def test_every_place_for_figures_is_opened_and_closed():
    for page in WRITTEN:
        marks = re.findall(r"<!-- figures:(begin|end) -->", page.read_text(encoding="utf-8"))
        assert marks == ["begin", "end"] * (len(marks) // 2), named(page)


def figures_of(text: str) -> list[str]:
    """What stands between the marks of a page, without comments."""
    found = re.findall(r"<!-- figures:begin -->(.*?)<!-- figures:end -->", text, flags=re.S)
    return [re.sub(r"<!--.*?-->", "", block, flags=re.S).strip() for block in found]


def test_the_check_of_figures_sees_an_empty_place():
    text = "<!-- figures:begin -->\n{}\n<!-- figures:end -->\n"
    assert figures_of(text.format("") + text.format("<!-- later -->")) == ["", ""]
    assert figures_of(text.format("| 1 |")) == ["| 1 |"]


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_every_place_for_figures_is_filled(page):
    assert "" not in figures_of(page.read_text(encoding="utf-8"))


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\d[^\]]*)\] - (\d{4}-\d{2}-\d{2})$", changelog, flags=re.M)
    assert newest is not None
    assert citation["version"] == project == newest[1]
    assert str(citation["date-released"]) == newest[2]
