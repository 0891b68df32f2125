"""The enumerations of the contract, one class per enum of `schema.graphql`, values as on the wire.

Only the standard library is imported here, so that lists and progress displays start quickly.
"""

from enum import StrEnum


class CalibrationMethod(StrEnum):
    """How a calibration finds taps; an extension of hcr."""

    DOCUMENTED = "DOCUMENTED"
    JOINT = "JOINT"


class CandidateGenerationType(StrEnum):
    """How the candidates of an intervention are found."""

    CRITERIA = "CRITERIA"
    TAP_OPTIMIZATION = "TAP_OPTIMIZATION"
    THERMAL_LINE_UPGRADE = "THERMAL_LINE_UPGRADE"
    VOLTAGE_LINE_UPGRADE = "VOLTAGE_LINE_UPGRADE"
    THERMAL_TRANSFORMER_UPGRADE = "THERMAL_TRANSFORMER_UPGRADE"


class CandidateInterventionClass(StrEnum):
    """What is built at a candidate site."""

    COMMUNITY_BESS = "COMMUNITY_BESS"
    DISTRIBUTION_TX_OLTC = "DISTRIBUTION_TX_OLTC"
    LV_STATCOMS = "LV_STATCOMS"
    DISTRIBUTION_TAP_OPTIMIZATION = "DISTRIBUTION_TAP_OPTIMIZATION"
    THERMAL_LINE_UPGRADE = "THERMAL_LINE_UPGRADE"
    VOLTAGE_LINE_UPGRADE = "VOLTAGE_LINE_UPGRADE"
    THERMAL_TRANSFORMER_UPGRADE = "THERMAL_TRANSFORMER_UPGRADE"


class DaysRequired(StrEnum):
    """The days on which an opportunity is needed."""

    WEEKDAYS = "WEEKDAYS"
    WEEKENDS = "WEEKENDS"
    ANYDAYS = "ANYDAYS"
    WEEKDAYSEXHOLIDAYS = "WEEKDAYSEXHOLIDAYS"


class DiffType(StrEnum):
    """Which results of two work packages are compared."""

    NETWORK_PERFORMANCE_METRICS = "NETWORK_PERFORMANCE_METRICS"
    NETWORK_PERFORMANCE_METRICS_ENHANCED = "NETWORK_PERFORMANCE_METRICS_ENHANCED"


class HcrEngine(StrEnum):
    """A power-flow engine; an extension of hcr."""

    AUTO = "AUTO"
    BATCH = "BATCH"
    OPENDSS = "OPENDSS"


class HcFeederScenarioAllocationStrategy(StrEnum):
    """How the uptake of one year follows from the year before."""

    RANDOM = "RANDOM"
    ADDITIVE = "ADDITIVE"


class HcLoadPlacement(StrEnum):
    """Which network element carries the load of a customer."""

    PER_ENERGY_CONSUMER = "PER_ENERGY_CONSUMER"
    PER_USAGE_POINT = "PER_USAGE_POINT"


class HcSolveMode(StrEnum):
    """Whether the power flow walks through years or days."""

    YEARLY = "YEARLY"
    DAILY = "DAILY"


class HcSwitchClass(StrEnum):
    """Kinds of switches that can carry a meter."""

    BREAKER = "BREAKER"
    DISCONNECTOR = "DISCONNECTOR"
    FUSE = "FUSE"
    JUMPER = "JUMPER"
    LOAD_BREAK_SWITCH = "LOAD_BREAK_SWITCH"
    RECLOSER = "RECLOSER"


class HcWriterType(StrEnum):
    """Where result tables are written."""

    POSTGRES = "POSTGRES"
    PARQUET = "PARQUET"


class HostingCapacityFileType(StrEnum):
    """Files that the service takes by upload."""

    INPUT_DATABASE = "INPUT_DATABASE"


class HvNodeLocationKind(StrEnum):
    """Kinds of HV nodes whose headroom is tested."""

    DTX_HV_TERMINAL = "DTX_HV_TERMINAL"
    SWITCH_UPSTREAM_TERMINAL = "SWITCH_UPSTREAM_TERMINAL"
    LINE_TEE = "LINE_TEE"


class InterconnectionResourceKind(StrEnum):
    """What connects; an extension of hcr."""

    PV = "PV"
    BATTERY = "BATTERY"
    GENERATOR = "GENERATOR"


class InterconnectionMonitors(StrEnum):
    """Buses at which voltage changes are watched; an extension of hcr."""

    SAMPLED = "SAMPLED"
    ALL = "ALL"


class InterconnectionInverterMode(StrEnum):
    """How voltage changes the output of an inverter; an extension of hcr."""

    CONSTANT_PF = "CONSTANT_PF"
    VOLT_VAR = "VOLT_VAR"
    VOLT_WATT = "VOLT_WATT"
    VOLT_VAR_VOLT_WATT = "VOLT_VAR_VOLT_WATT"


class InterconnectionUpgradeRule(StrEnum):
    """How the upgrades that clear violations are chosen; an extension of hcr."""

    PATH = "PATH"
    CHEAPEST = "CHEAPEST"
    NONE = "NONE"


class InterconnectionCostRule(StrEnum):
    """Who pays for upgrades; an extension of hcr."""

    TRIGGER = "TRIGGER"
    PRO_RATA = "PRO_RATA"
    GAIN = "GAIN"
    SHAPLEY = "SHAPLEY"


class IntrinsicAllocationMethod(StrEnum):
    """How a step of injection is shared out among customers."""

    UNIFORM_PER_INCLUDED_CUSTOMER = "UNIFORM_PER_INCLUDED_CUSTOMER"
    WEIGHTED_BY_EXISTING_CUSTOMER = "WEIGHTED_BY_EXISTING_CUSTOMER"


class IntrinsicAllocationScope(StrEnum):
    """The group of customers within which weights add up to one."""

    FEEDER_WIDE = "FEEDER_WIDE"
    WITHIN_MEASUREMENT_ZONE = "WITHIN_MEASUREMENT_ZONE"


class IntrinsicCapacityGroupPlacementType(StrEnum):
    """The equipment whose customers form one capacity group."""

    DIST_TRANSFORMERS = "DIST_TRANSFORMERS"


class IntrinsicExistingCapacityBasis(StrEnum):
    """Which existing capacity of a customer is its weight."""

    EXISTING_EXPORT_KW = "EXISTING_EXPORT_KW"
    EXISTING_IMPORT_KW = "EXISTING_IMPORT_KW"


class IntrinsicInitialStateSelectorMode(StrEnum):
    """The load state before the first step of injection."""

    ZERO_LOAD = "ZERO_LOAD"
    FIXED_LOAD = "FIXED_LOAD"
    PEAK_FEEDER_IMPORT = "PEAK_FEEDER_IMPORT"
    PEAK_FEEDER_EXPORT = "PEAK_FEEDER_EXPORT"
    FIXED_TIME = "FIXED_TIME"


class IntrinsicInjectionResourceMethod(StrEnum):
    """Whether generation or load is added."""

    EXPORT_GENERATION = "EXPORT_GENERATION"
    IMPORT_LOAD = "IMPORT_LOAD"


class IntrinsicLoadModelType(StrEnum):
    """The OpenDSS element that injects."""

    NEGATIVE_LOAD = "NEGATIVE_LOAD"
    PV_SYSTEM = "PV_SYSTEM"


class IntrinsicPhaseMatching(StrEnum):
    """The phases on which a customer injects."""

    MATCH_CUSTOMER_PHASES = "MATCH_CUSTOMER_PHASES"


class IntrinsicRatingBasis(StrEnum):
    """The rating against which loading is held."""

    NORMAL = "NORMAL"
    EMERGENCY = "EMERGENCY"


class LvConstraintMeasurementType(StrEnum):
    """What of the LV voltages is held against the limits."""

    MAGNITUDE = "MAGNITUDE"
    PERCENTILE = "PERCENTILE"


class MeasurementZoneType(StrEnum):
    """The equipment at the head of a measurement zone."""

    UNKNOWN = "UNKNOWN"
    TRANSFORMER = "TRANSFORMER"
    BREAKER = "BREAKER"
    DISCONNECTOR = "DISCONNECTOR"
    FUSE = "FUSE"
    JUMPER = "JUMPER"
    LOAD_BREAK_SWITCH = "LOAD_BREAK_SWITCH"
    RECLOSER = "RECLOSER"
    ENERGY_CONSUMER = "ENERGY_CONSUMER"
    FEEDER_HEAD = "FEEDER_HEAD"
    CALIBRATION = "CALIBRATION"


class OpenDssModelState(StrEnum):
    """Where an OpenDSS export stands."""

    COULD_NOT_START = "COULD_NOT_START"
    CREATION = "CREATION"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class OpportunitiesNeed(StrEnum):
    """The change of power that would relieve a constraint."""

    EXPORTDECREASE = "EXPORTDECREASE"
    EXPORTINCREASE = "EXPORTINCREASE"
    CONSUMPTIONDECREASE = "CONSUMPTIONDECREASE"
    CONSUMPTIONINCREASE = "CONSUMPTIONINCREASE"


class OpportunitiesType(StrEnum):
    """What drives a constraint."""

    CAPACITY = "CAPACITY"
    VOLTAGESUPPORT = "VOLTAGESUPPORT"


class SortOrder(StrEnum):
    """Direction of a sort, and where nulls go."""

    ASC = "ASC"
    DESC = "DESC"
    ASC_NULLS_FIRST = "ASC_NULLS_FIRST"
    DESC_NULLS_FIRST = "DESC_NULLS_FIRST"
    ASC_NULLS_LAST = "ASC_NULLS_LAST"
    DESC_NULLS_LAST = "DESC_NULLS_LAST"


class VariantScheduleAssumption(StrEnum):
    """How optimistic the schedule of network variants is."""

    NEUTRAL = "NEUTRAL"
    CONSERVATIVE = "CONSERVATIVE"
    AGGRESSIVE = "AGGRESSIVE"


class WorkPackageState(StrEnum):
    """Where a work package stands."""

    SETUP = "SETUP"
    PRRP = "PRRP"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMEDOUT = "TIMEDOUT"


class WorkflowStatus(StrEnum):
    """Where a calibration run stands."""

    STARTED = "STARTED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
