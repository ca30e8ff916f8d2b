"""Where things stand: imports run one way along the road of the data, and the public names stay."""

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import metacalo

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "metacalo"

ROAD = (
    {"runtime"},  # a distribution of its own, too: imports nothing of metacalo
    {"errors"},
    {"atomic"},
    {"device"},
    {"geometry"},
    {"settings"},  # names the nearest setting as geometry names the nearest material
    {"showers"},
    {"readout"},
    {"simulation"},
    {"models"},
    {"checkpoint"},
    {"meta"},
    {"validation", "generation"},
    {"export"},
    {"adaptation"},
    {"benchmark"},
    {"cli"},
)
"""Parts of the package in the order in which they may import: each only those before it, and itself."""

TOP_LEVEL = {
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CITATION.cff",
    "CHANGELOG.md",
    "metacalo",
    "geometries",
    "tests",
    "examples",
    "docs",
    "benchmarks",
    "runtime",
}

PUBLIC_NAMES = [
    "AdaptSettings",
    "AdaptedModel",
    "Detector",
    "Showers",
    "adapt",
    "load",
    "load_detector",
    "open_showers",
    "write_showers",
]

LONGEST_MODULE = 350
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "misc", "common", "tools"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(module: str) -> str:
    """Part of the package that a dotted name belongs to; empty for the package itself."""
    return [*module.split("."), ""][1]


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of everything imported, at any depth, also for type checkers only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def packages_of(tree: ast.AST) -> set[str]:
    """Names of the packages that are imported, a dot for one's own by a relative import."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).split(".")[0] if node.level == 0 else "." * node.level)
    return found


def backward_imports(source: str, part: str) -> list[str]:
    """Imports in a module of `part` that run against the road."""
    place = {name: stage for stage, names in enumerate(ROAD) for name in names}
    found = []
    for line, name in imported(ast.parse(source)):
        target = part_of(name)
        if name.split(".")[0] != "metacalo" or target in ("", part, "__version__"):
            continue
        if place[target] >= place[part]:
            found.append(f"line {line}: {part} imports {name}")
    return found


def test_the_check_sees_an_import_against_the_road():
    source = "def f():\n    from metacalo.adaptation import adapt\n    return adapt"
    assert backward_imports(source, "geometry") == ["line 2: geometry imports metacalo.adaptation.adapt"]
    assert backward_imports(source, "cli") == []
    assert backward_imports("from metacalo.generation import load", "validation") != []


def test_every_part_of_the_package_has_its_place_on_the_road():
    parts = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert parts - {"__init__"} == set().union(*ROAD)


def test_the_run_time_needs_python_numpy_and_onnx_runtime_alone():
    needed = set().union(
        *(packages_of(ast.parse(path.read_text(encoding="utf-8"))) for path in PACKAGE.glob("runtime/*.py"))
    )
    assert needed - sys.stdlib_module_names == {".", "numpy", "onnxruntime", "awkward"}


@pytest.mark.parametrize("part", sorted(set().union(*ROAD) - {"runtime"}))
def test_imports_run_one_way(part):
    against = [
        f"{path.relative_to(PROJECT)} {found}"
        for path in MODULES
        if path.relative_to(PACKAGE).parts[0].removesuffix(".py") == part
        for found in backward_imports(path.read_text(encoding="utf-8"), part)
    ]
    assert against == []


def test_a_module_holds_one_concept():
    lengths = {
        str(path.relative_to(PROJECT)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_the_names_of_modules_say_what_they_hold():
    assert [path for path in MODULES if {path.stem, path.parent.name} & NAMES_THAT_SAY_NOTHING] == []


def test_every_module_says_what_it_is():
    silent = [p for p in MODULES if ast.get_docstring(ast.parse(p.read_text(encoding="utf-8"))) is None]
    assert silent == []


def test_the_public_names_are_these_and_each_is_there():
    assert sorted(metacalo.__all__) == PUBLIC_NAMES
    for name in PUBLIC_NAMES:
        assert inspect.getdoc(getattr(metacalo, name)), name


def test_the_top_level_holds_these_and_what_git_ignores():
    ignored = (PROJECT / ".gitignore").read_text(encoding="utf-8").split()
    generated = {line.strip("/") for line in ignored if line.startswith("/")}
    visible = {path.name for path in PROJECT.iterdir() if not path.name.startswith(".")}
    stray = {n for n in visible - TOP_LEVEL - generated if not n.startswith("adapted")}
    assert stray == set()
    assert visible >= TOP_LEVEL
    assert (PROJECT / ".ci" / "run").stat().st_mode & 0o111
