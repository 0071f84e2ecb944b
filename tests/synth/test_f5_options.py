import math

import pytest

from ishowtts_synth.errors import BadRequestError
from ishowtts_synth.f5.options import Manner, Option, profile_infos, read_manner
from ishowtts_synth.settings import F5Settings, F5Tuning


def manner(settings: F5Settings | None = None, rate: float = 1.0, **options: Option) -> Manner:
    return read_manner(settings or F5Settings(), options, rate)


def test_without_options_it_speaks_as_stock_does_in_16_steps():
    assert manner() == Manner(16, 2.0, -1.0, 1.0, 0.15, 0.1, None, None, remove_silence=False)


def test_every_option_of_a_request_is_heard():
    asked = manner(
        nfe_step=32,
        cfg_strength=1,
        sway_sampling_coef=0.0,
        speed=1.5,
        cross_fade_duration=0.2,
        target_rms=0.2,
        fix_duration=9.5,
        seed=42,
        remove_silence=True,
    )
    assert asked == Manner(32, 1.0, 0.0, 1.5, 0.2, 0.2, 9.5, 42, remove_silence=True)


def test_a_profile_is_a_number_of_steps_and_a_number_goes_before_it():
    settings = F5Settings(profile="fast", default_nfe_step=24)
    assert manner(settings).steps == 7
    assert manner(settings, profile="exact").steps == 24
    assert manner(profile="fast").steps == 7
    assert manner(settings, nfe_step=10).steps == 10


def test_profiles_are_announced_with_their_steps_the_configured_one_first():
    infos = profile_infos(F5Settings(profile="fast", default_nfe_step=24))
    assert [(one.id, one.label, one.approximate) for one in infos] == [
        ("fast", "fast, 7 steps", True),
        ("exact", "exact, 24 steps", False),
    ]
    for one in infos:
        assert str(manner(F5Settings(default_nfe_step=24), profile=one.id).steps) in one.label


def test_the_configuration_s_tuning_holds_where_a_request_says_nothing():
    settings = F5Settings(tuning=F5Tuning(cfg_strength=3.0, speed=0.8, seed=7))
    assert manner(settings, cfg_strength=1.0).cfg_strength == 1.0
    assert manner(settings).seed == 7
    assert manner(settings, speed=2.0).speed == 2.0


def test_the_request_s_own_speed_is_a_factor_on_the_rest():
    assert manner(F5Settings(tuning=F5Tuning(speed=0.8)), rate=2.0).speed == 1.6


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("nfe_step", 0, "a whole number from 1 to 64, not 0"),
        ("nfe_step", 65, "a whole number from 1 to 64, not 65"),
        ("nfe_step", "16", "a whole number from 1 to 64, not '16'"),
        ("nfe_step", True, "a whole number from 1 to 64, not True"),
        ("cfg_strength", -0.1, "a number from 0 to 10, not -0.1"),
        ("cfg_strength", math.nan, "a number from 0 to 10, not nan"),
        ("sway_sampling_coef", 2, "a number from -1 to 1.75, not 2"),
        ("speed", 0.1, "a number from 0.25 to 4, not 0.1"),
        ("cross_fade_duration", 1.1, "a number from 0 to 1, not 1.1"),
        ("target_rms", 0, "a number from 0.01 to 1, not 0"),
        ("fix_duration", math.inf, "a number from 0.1 to 120, not inf"),
        ("seed", -1, f"a whole number from 0 to {2**63 - 1}, not -1"),
        ("seed", 2**64, f"a whole number from 0 to {2**63 - 1}, not {2**64}"),
        ("remove_silence", 1, "true or false, not 1"),
        ("profile", "faster", "exact or fast, not 'faster'"),
    ],
)
def test_a_value_out_of_range_is_refused_with_the_range(name: str, value: Option, said: str):
    with pytest.raises(BadRequestError) as refused:
        manner(**{name: value})
    assert str(refused.value) == f"f5 takes {name} as {said}"


def test_an_option_that_there_is_not_is_refused_with_a_guess():
    with pytest.raises(BadRequestError, match=r"no option 'nfe_steps'.*did you mean nfe_step\?"):
        manner(nfe_steps=16)
    with pytest.raises(BadRequestError, match="no option 'pitch'; it has cfg_strength, "):
        manner(pitch=3)
