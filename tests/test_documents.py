"""Documents say what the code does."""

from pathlib import Path

from hcr.studies.options import HONOURED, REFUSED

DOCS = Path(__file__).parents[1] / "docs"
METRICS = "resultProcessorConfig.writerConfig.outputWriterConfig.enhancedMetricsConfig."


def test_every_honoured_and_refused_option_is_documented() -> None:
    text = (DOCS / "run-configurations.md").read_text(encoding="utf-8")
    for option in [*HONOURED, *REFUSED]:
        assert option.removeprefix(METRICS) in text, f"{option} is not in docs/run-configurations.md"
