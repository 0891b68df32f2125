import pickle
from datetime import datetime

from hcr.studies.task import LoadTime, Override, Task


def test_an_override_has_as_many_entries_as_its_longest_list():
    assert Override("c1", load_w=(1.0, 2.0, 3.0), gen_w=(1.0,)).entries == 3
    assert Override("c1", load_w=(), gen_var=(1.0,)).entries == 1
    assert Override("c1").entries == 0


def test_an_instant_is_solved_once_or_once_an_entry():
    instant = datetime(2025, 1, 15, 18, 30)

    assert LoadTime(instant, None).entries == 1
    assert LoadTime(instant, None, (Override("c1"),)).entries == 1
    two = (Override("c1", load_w=(1.0,)), Override("c2", gen_w=(1.0, 2.0, 3.0, 4.0)))
    assert LoadTime(instant, None, two).entries == 4


def test_a_task_travels_to_another_process():
    task = Task("north", "base", 2025, LoadTime(datetime(2025, 1, 1), None, (Override("c1", gen_w=(1.0,)),)))

    assert pickle.loads(pickle.dumps(task)) == task  # noqa: S301 - our own bytes


def test_people_read_feeder_scenario_and_year():
    assert Task("north", "base", 2025, LoadTime(datetime(2025, 1, 1), None)).label == "north · base · 2025"
