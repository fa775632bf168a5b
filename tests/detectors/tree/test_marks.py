"""Parts of single tickets, read one after the other."""

from marked import marks

from detectors.tree.marks import COLUMNS, joined_marks


def test_parts_are_joined_as_they_come():
    parts = [marks([4.0, 2.0], 3, region=[1, 2]), marks([], 0), marks([3.0], 5, complainant=7)]
    every = joined_marks(parts)
    assert len(every) == 3
    assert every.at.tolist() == [4.0, 2.0, 3.0]
    assert every.node.tolist() == [3, 3, 5]
    assert every.code.tolist() == [[1, 2, -1], [-1, -1, -1], [-1, -1, 7]]


def test_no_parts_are_no_tickets_of_all_columns():
    nothing = joined_marks([])
    assert len(nothing) == 0
    assert nothing.code.shape == (len(COLUMNS), 0)
