"""Filters and sort orders of paged lists."""

from pydantic import Field

from hcr.contract.enums import OpenDssModelState, SortOrder
from hcr.contract.input_model import InputModel
from hcr.contract.scalars import Flag, Items, Text


class HcWorkPackagesFilterInput(InputModel):
    """Work packages that match every field given."""

    id: Text | None = None
    name: Text | None = None
    search_text: Text | None = None
    created_by: Items[Text] | None = None


class HcWorkPackagesSortCriteriaInput(InputModel):
    """Order of work packages."""

    name: SortOrder | None = None
    created_at: SortOrder | None = None


class HcScenarioConfigsFilterInput(InputModel):
    """Scenarios that match every field given."""

    id: Text | None = None
    name: Text | None = None


class ProcessedDiffFilterInput(InputModel):
    """Comparisons that match every field given."""

    type: Text | None = None
    work_package_id: Text | None = Field(default=None, alias="wPId")


class ProcessedDiffSortCriteriaInput(InputModel):
    """Order of comparisons."""

    type: SortOrder | None = None
    work_package_id_1: SortOrder | None = Field(default=None, alias="workPackagedId1")


class GetOpenDssModelsFilterInput(InputModel):
    """OpenDSS exports that match every field given."""

    name: Text | None = None
    is_public: Flag | None = None
    state: Items[OpenDssModelState] | None = None


class GetOpenDssModelsSortCriteriaInput(InputModel):
    """Order of OpenDSS exports."""

    name: SortOrder | None = None
    created_at: SortOrder | None = None
    is_public: SortOrder | None = None
    state: SortOrder | None = None
