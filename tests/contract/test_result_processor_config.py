"""Options of results."""

from hcr.contract.input_model import to_wire
from hcr.contract.result_processor_config import HcEnhancedMetricsConfigInput, HcResultProcessorConfigInput

FULL = {
    "assetLevelSummaries": {"conductorVoltage": True, "thermalLoading": False},
    "metrics": {"calculatePerformanceMetrics": True},
    "storedResults": {
        "energyMeterVoltagesRaw": False,
        "energyMetersRaw": False,
        "overloadsRaw": False,
        "voltageExceptionsRaw": False,
    },
    "writerConfig": {
        "writerType": "PARQUET",
        "outputWriterConfig": {
            "enhancedMetricsConfig": {
                "calculateCO2": True,
                "calculateNormalForLoadThermal": True,
                "populateEnhancedMetrics": True,
                "populateDurationCurves": False,
            }
        },
    },
}


def test_a_full_configuration_goes_through_unchanged():
    assert to_wire(HcResultProcessorConfigInput.model_validate(FULL)) == FULL


def test_the_legacy_spelling_of_co2_is_the_attribute_name():
    assert to_wire(HcEnhancedMetricsConfigInput.model_validate({"calculate_co2": True})) == {
        "calculateCO2": True
    }


def test_an_unknown_writer_is_refused(refusals):
    assert refusals(HcResultProcessorConfigInput, {"writerConfig": {"writerType": "CSV"}}) == {
        "writerConfig.writerType": "Input should be 'POSTGRES' or 'PARQUET'"
    }
