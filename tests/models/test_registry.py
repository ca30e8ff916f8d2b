import pytest

from metacalo.errors import SettingsError
from metacalo.models import FAMILIES, FieldVAE, Par04VAE, build_generator


def test_each_family_is_built_by_its_name_with_its_own_settings():
    for family, (model, settings) in FAMILIES.items():
        built = build_generator({"family": family})
        assert isinstance(built, model)
        assert isinstance(built.settings, settings)
        assert built.family == built.settings.family == family


def test_the_default_is_the_field():
    assert isinstance(build_generator({}), FieldVAE)


def test_settings_as_json_gives_them_build_the_same_model_again():
    first = build_generator({"family": "par04_vae", "hidden": [8, 6], "latents": 3})
    again = build_generator(first.settings.model_dump(mode="json"))
    assert isinstance(again, Par04VAE)
    assert again.settings == first.settings
    assert again.settings.hidden == (8, 6)


def test_an_unknown_family_is_refused_with_the_known_and_the_nearest():
    with pytest.raises(
        SettingsError, match=r"field_vae, par04_vae, got 'field_va'; did you mean field_vae\?"
    ):
        build_generator({"family": "field_va"})
    with pytest.raises(SettingsError, match=r"got 'zzz'$"):
        build_generator({"family": "zzz"})


def test_an_unknown_setting_is_refused_with_the_nearest():
    with pytest.raises(SettingsError, match=r"no setting 'latent'; did you mean 'latents'"):
        build_generator({"family": "field_vae", "latent": 3})


@pytest.mark.parametrize(
    ("family", "setting", "value"),
    [
        ("field_vae", "latents", 0),
        ("field_vae", "basis", -4),
        ("field_vae", "trunk_width", "wide"),
        ("field_vae", "descriptor_noise", -0.1),
        ("field_vae", "descriptor_noise", float("nan")),
        ("par04_vae", "grid_shape", [9, 16]),
        ("par04_vae", "grid_shape", [9, 0, 45]),
        ("par04_vae", "hidden", [100, 0]),
    ],
)
def test_an_impossible_value_is_refused_by_name(family: str, setting: str, value: object):
    with pytest.raises(SettingsError, match=f"setting {setting}"):
        build_generator({"family": family, setting: value})


def test_settings_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        build_generator({}).settings.latents = 3  # type: ignore[attr-defined]
