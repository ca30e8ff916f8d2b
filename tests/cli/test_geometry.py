import io
import json

import pytest

from metacalo.cli.app import run
from metacalo.geometry import detector_names, load_detector


class Terminal(io.StringIO):
    """A keyboard on which the answers are typed beforehand."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return tmp_path


@pytest.fixture
def typed(monkeypatch):
    def type_answers(*answers):
        monkeypatch.setattr("sys.stdin", Terminal("".join(f"{answer}\n" for answer in answers)))

    return type_answers


NEW = ["geometry", "new", "--name", "mine", "--absorber", "W:1.4", "--active", "Si:0.3", "--repeat", "90"]


def test_list_has_a_line_for_each_detector(capsys):
    assert run(["geometry", "list"]) == 0
    out = capsys.readouterr().out
    for name in detector_names():
        assert f"\n{name} " in out
    assert "Pb + polystyrene*" in out


def test_list_prints_json_on_request(capsys):
    assert run(["geometry", "list", "--json"]) == 0
    found = {item["name"]: item for item in json.loads(capsys.readouterr().out)}
    assert set(found) == set(detector_names())
    assert found["lhcb_ecal"]["n_layers"] == 66
    assert found["lhcb_ecal"]["showers"] is True
    assert found["scw"]["showers"] is False


def test_show_prints_slabs_and_what_follows(capsys):
    assert run(["geometry", "show", "lhcb_ecal"]) == 0
    out = capsys.readouterr().out
    assert "396 mm = 24.2 X0" in out
    assert "16.39 mm, 35.85 mm" in out
    assert "about 0.171" in out
    assert "Pb" in out


def test_show_prints_json_that_is_a_detector(capsys):
    assert run(["geometry", "show", "scw", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    derived = content.pop("derived")
    assert type(load_detector("scw")).from_dict(content) == load_detector("scw")
    assert derived["x0_mm"] == load_detector("scw").x0_mm


@pytest.mark.parametrize("file", ["a.png", "a.svg"])
def test_show_draws(empty_folder, file, capsys):
    assert run(["geometry", "show", "scw", "--drawing", file]) == 0
    assert (empty_folder / file).stat().st_size > 5000
    assert f"drawing: {file}" in capsys.readouterr().out


def test_show_refuses_another_format_of_drawing(capsys):
    assert run(["geometry", "show", "scw", "--drawing", "a.jpeg"]) == 2
    assert "expected a drawing that ends in .png" in capsys.readouterr().err


def test_show_names_the_nearest_detector(capsys):
    assert run(["geometry", "show", "lhcb_ecl"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: expected the name of a shipped detector")
    assert "did you mean 'lhcb_ecal'" in captured.err
    assert captured.out == ""


def test_check_says_that_a_file_is_well(capsys):
    assert run(["geometry", "check", "lhcb_ecal"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("ok: lhcb_ecal: 66 layers, 24.2 X0")
    assert captured.err == ""


def test_check_refuses_with_path_and_remedy(empty_folder, capsys):
    file = empty_folder / "bad.yaml"
    file.write_text(
        "name: bad\nsections: [{repeat: 3, stack: [{material: Pbb, thickness_mm: -1, active: true}]}]\n"
    )
    assert run(["geometry", "check", str(file)]) == 2
    message = capsys.readouterr().err
    assert message.startswith(f"error: {file}: ")
    assert "sections[0].stack[0].thickness_mm: expected a thickness above 0" in message


def test_check_warns_of_what_is_seldom_meant(empty_folder, capsys):
    file = empty_folder / "thin.yaml"
    file.write_text(
        "name: thin\nsections: [{repeat: 3, stack: [{material: BGO, thickness_mm: 10, active: true}]}]\n"
    )
    assert run(["geometry", "check", str(file)]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("ok: thin")
    assert captured.err.startswith("warning: the calorimeter is 2.7 X0 deep")


def test_new_writes_from_options_what_check_accepts(empty_folder, capsys):
    assert run([*NEW, "--behind", "air:2", "--description", "Mine: a test", "--energy", "2:50"]) == 0
    detector = load_detector(empty_folder / "mine.yaml")
    assert [slab.material for slab in detector.sections[0].stack] == ["W", "Si", "air"]
    assert detector.sections[0].repeat == 90
    assert detector.description == "Mine: a test"
    assert detector.energy_range_gev == (2.0, 50.0)
    assert run(["geometry", "check", "mine.yaml"]) == 0
    assert capsys.readouterr().err == ""


def test_new_writes_comments(empty_folder):
    run(NEW)
    text = (empty_folder / "mine.yaml").read_text()
    assert "# tungsten" in text
    assert text.startswith("# 36.2 X0 deep")


def test_new_writes_where_it_is_told(empty_folder):
    assert run([*NEW, "--out", "other.yaml"]) == 0
    assert [path.name for path in empty_folder.iterdir()] == ["other.yaml"]


def test_new_keeps_an_existing_file_unless_forced(empty_folder, capsys):
    (empty_folder / "mine.yaml").write_text("precious")
    assert run(NEW) == 2
    assert "mine.yaml exists" in capsys.readouterr().err
    assert (empty_folder / "mine.yaml").read_text() == "precious"
    assert run([*NEW, "--force"]) == 0
    assert load_detector(empty_folder / "mine.yaml").name == "mine"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--absorber", "W"], "expected --absorber MATERIAL:MM with a thickness in millimetres, got 'W'"),
        (["--absorber", "W:thick"], "expected --absorber MATERIAL:MM"),
        (["--absorber", "Wo:1"], "got 'Wo'"),
        (["--absorber", "W:-1"], "thickness_mm: expected a thickness above 0"),
        (["--absorber", "W:nan"], "thickness_mm: expected a thickness above 0"),
        (["--repeat", "0"], "repeat: expected a whole number from 1"),
        (["--energy", "1"], "expected --energy LOW:HIGH, got '1'"),
        (["--energy", "5:1"], "energy_range_gev: expected two energies"),
        (["--theta", "0:95"], "theta_range_deg: expected two angles"),
        (["--name", "a b"], "name: expected a name of letters"),
    ],
)
def test_new_refuses_nonsense_and_writes_nothing(options, message, empty_folder, capsys):
    assert run([*NEW, *options]) == 2
    assert message in capsys.readouterr().err
    assert list(empty_folder.iterdir()) == []


def test_new_without_terminal_names_what_is_missing(capsys):
    assert run(["geometry", "new", "--name", "mine"]) == 2
    message = capsys.readouterr().err
    assert "expected --active and --repeat, got nothing and no terminal to ask on" in message


def test_new_asks_on_a_terminal(typed, empty_folder):
    typed("asked", "lead", "2", "n", "polystyrene", "4", "y", "", "66")
    assert run(["geometry", "new"]) == 0
    detector = load_detector(empty_folder / "asked.yaml")
    slabs = [(slab.material, slab.thickness_mm, slab.active) for slab in detector.sections[0].stack]
    assert slabs == [("lead", 2.0, False), ("polystyrene", 4.0, True)]
    assert detector.n_layers == 66


def test_new_asks_again_until_the_answer_makes_sense(typed, empty_folder, capsys):
    typed("asked", "leed", "Pb", "two", "2", "n", "", "Si", "0.3", "y", "", "20")
    assert run(["geometry", "new"]) == 0
    captured = capsys.readouterr()
    assert "got 'leed'; did you mean 'lead'" in captured.out
    assert "At least one slab must be active." in captured.out
    assert [slab.material for slab in load_detector(empty_folder / "asked.yaml").sections[0].stack] == [
        "Pb",
        "Si",
    ]


def test_new_asks_only_for_what_is_missing(typed, empty_folder):
    typed("40")
    assert run(["geometry", "new", "--name", "part", "--absorber", "W:2", "--active", "Si:0.5"]) == 0
    assert load_detector(empty_folder / "part.yaml").n_layers == 40


def test_new_without_an_answer_ends_without_a_file(typed, empty_folder):
    typed("asked")
    assert run(["geometry", "new"]) != 0
    assert list(empty_folder.iterdir()) == []
