from hcr.studies.limits import VoltageLimits
from hcr.studies.metric_options import EnhancedOptions, Prices


def test_by_default_every_flag_is_off_and_there_are_no_prices():
    options = EnhancedOptions()

    assert options.limits == VoltageLimits()
    assert options.prices == Prices(None, None, None, None)
    assert not any(
        (
            options.load_normal,
            options.load_emergency,
            options.gen_normal,
            options.gen_emergency,
            options.emissions,
        )
    )
