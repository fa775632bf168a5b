"""Files of days that are no longer kept."""

from trending import DAYS, NOON, TREE, committed, trend_files, written

from connectors.ticket import HOUR


def test_files_older_than_is_kept_are_removed_and_nothing_else_is(store, folder, clock):
    files = trend_files(store, folder, clock, keep=3 * DAYS)
    folder.mkdir(parents=True)
    for name in (
        "trend-2026-05-05.csv",
        "trend-2026-05-06.csv",
        "trend-2026-13-99.csv",
        "notes.csv",
        "trend-2026-05-01.csv.gz",
    ):
        (folder / name).write_text("kept\n")
    written(store, files, TREE, (NOON - HOUR, 2, 1, 1))
    assert sorted(file.name for file in folder.iterdir()) == [
        "notes.csv",
        "trend-2026-05-01.csv.gz",
        "trend-2026-05-06.csv",
        "trend-2026-05-09.csv",
        "trend-2026-13-99.csv",
    ]
    clock.advance(DAYS)
    written(store, files, TREE, (NOON + 23 * HOUR, 2, 1, 1), at=clock.now())
    assert not (folder / "trend-2026-05-06.csv").exists()


def test_a_row_of_a_day_that_is_no_longer_kept_brings_no_file_back(store, folder, clock):
    files = trend_files(store, folder, clock, keep=3 * DAYS)
    files.catch_up()
    written(store, files, TREE, (NOON - 24 * 5 * HOUR, 2, 1, 1), (NOON - HOUR, 2, 1, 1))
    assert [file.name for file in folder.iterdir()] == ["trend-2026-05-09.csv"]
    assert trend_files(store, folder, clock, keep=3 * DAYS).catch_up() == 0


def test_no_rows_make_no_file(store, files, folder):
    committed(store, TREE, (NOON - HOUR, 2, 1, 1))
    files.append(committed(store, TREE, (NOON - HOUR, 2, 1, 1)), TREE.paths)
    assert not folder.exists()
