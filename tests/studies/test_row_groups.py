import numpy as np

from hcr.studies.row_groups import RowGroups


def rows(*parts: list[int]) -> list[np.ndarray]:
    return [np.array(part, np.int64) for part in parts]


def test_each_group_is_reduced_on_its_own():
    groups = RowGroups.of(rows([2, 0], [1]))
    values = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])

    assert groups.keys.tolist() == [0, 1]
    assert groups.reduce(np.add, values[groups.members]).tolist() == [[5.0, 50.0], [2.0, 20.0]]


def test_a_row_may_be_in_several_groups_and_a_group_empty():
    groups = RowGroups.of(rows([0, 1], [], [1]))
    values = np.array([[1.0], [2.0]])

    assert groups.keys.tolist() == [0, 2]
    assert groups.reduce(np.maximum, values[groups.members]).tolist() == [[2.0], [2.0]]


def test_with_phases_a_part_is_three_groups():
    groups = RowGroups.of(rows([5, 6, 7], [8]), rows([0, 2, 0], [1]))

    assert groups.keys.tolist() == [0, 2, 4]
    assert groups.members.tolist() == [5, 7, 6, 8]
    assert groups.starts.tolist() == [0, 2, 3]


def test_nothing_at_all_is_no_group():
    assert RowGroups.of([]).reduce(np.add, np.empty((0, 4))).shape == (0, 4)
    assert RowGroups.of(rows([], []), rows([], [])).keys.tolist() == []
