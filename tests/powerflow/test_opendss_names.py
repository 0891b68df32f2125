import pytest

from hcr.powerflow.opendss_names import quoted


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Transformer.t1", '"Transformer.t1"'),
        ("Transformer.tx 1", '"Transformer.tx 1"'),
        ('Transformer.12" main', "'Transformer.12\" main'"),
        ("Transformer.it's 12\"", "[Transformer.it's 12\"]"),
        ("Transformer.'\"]", "(Transformer.'\"])"),
        ("Transformer.'\"])", "{Transformer.'\"])}"),
    ],
)
def test_a_name_stands_between_marks_that_it_does_not_hold(name: str, written: str) -> None:
    assert quoted(name) == written


def test_a_name_that_no_command_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="holds all quotation marks"):
        quoted("'\"])}")
