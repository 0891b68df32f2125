"""Filters and sort orders."""

from hcr.contract.enums import OpenDssModelState, SortOrder
from hcr.contract.input_model import to_wire
from hcr.contract.paging import (
    GetOpenDssModelsFilterInput,
    HcWorkPackagesFilterInput,
    HcWorkPackagesSortCriteriaInput,
    ProcessedDiffFilterInput,
    ProcessedDiffSortCriteriaInput,
)


def test_filters_built_in_python_speak_wire_names():
    assert to_wire(HcWorkPackagesFilterInput(search_text="summer", created_by=("ann",))) == {
        "searchText": "summer",
        "createdBy": ["ann"],
    }
    assert to_wire(GetOpenDssModelsFilterInput(is_public=True, state=(OpenDssModelState.FAILED,))) == {
        "isPublic": True,
        "state": ["FAILED"],
    }


def test_odd_wire_names_have_readable_attributes():
    assert to_wire(ProcessedDiffFilterInput(work_package_id="wp1")) == {"wPId": "wp1"}
    assert to_wire(ProcessedDiffSortCriteriaInput(work_package_id_1=SortOrder.ASC)) == {
        "workPackagedId1": "ASC"
    }


def test_an_unknown_order_is_refused(refusals):
    found = refusals(HcWorkPackagesSortCriteriaInput, {"createdAt": "ascending"})
    assert "'ASC_NULLS_FIRST'" in found["createdAt"]
