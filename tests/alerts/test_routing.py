import pytest
from alerting import BILLING, NO_SIGNAL, plan

from alerts.plan import Department
from alerts.routing import covers, responsible, told, unreached

DEEP = Department("无线中心", (NO_SIGNAL[:4],))


@pytest.mark.parametrize(
    ("node", "departments"),
    [
        (NO_SIGNAL, ["无线中心"]),
        (NO_SIGNAL[:4], ["无线中心"]),
        (NO_SIGNAL[:3], ["网络部"]),
        (NO_SIGNAL[:1], ["网络部"]),
        (BILLING, ["宽带部"]),
        ((), ["网络部", "宽带部", "无线中心"]),
        (("无人负责",), []),
    ],
    ids=["below the deepest", "at the deepest", "above it", "at the first", "another", "unclear", "nobody's"],
)
def test_the_deepest_match_answers_and_unclear_ones_work_together(node, departments):
    with_deep = plan(departments=(*plan().departments, DEEP))
    assert [one.name for one in responsible(with_deep, node)] == departments


def test_two_departments_that_name_the_same_node_work_together():
    both = plan(departments=(*plan().departments, Department("终端部", (("移动业务",),))))
    assert [one.name for one in responsible(both, NO_SIGNAL)] == ["网络部", "终端部"]


def test_a_node_covers_itself_and_what_is_below():
    assert covers((), NO_SIGNAL)
    assert covers(NO_SIGNAL, NO_SIGNAL)
    assert not covers(NO_SIGNAL, NO_SIGNAL[:4])


def test_each_contact_is_reached_at_the_first_address_written():
    readers = told(plan(), ["executive"], ())
    assert [(one.contact, one.channel, one.address, one.language) for one in readers] == [
        ("张伟", "slack", "U1", "en")
    ]


def test_roles_that_nobody_fills_are_named():
    readers = told(plan(), ["dept-leader", "supervisor"], ())
    assert [one.role for one in readers] == ["supervisor"]
    assert unreached(["dept-leader", "supervisor"], readers) == ("dept-leader",)
