"""The notebooks tell their stories from beginning to end, on made-up tickets, as in a fresh clone."""

import os
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
STORIES = sorted(NOTEBOOKS.glob("*.ipynb"))
LONGEST_CELL, LONGEST_LINE = 20, 110


@pytest.fixture
def setting(monkeypatch):
    """The notebooks' own module, as they import it."""
    monkeypatch.syspath_prepend(NOTEBOOKS)
    monkeypatch.delitem(sys.modules, "setting", raising=False)
    import setting

    yield setting
    del sys.modules["setting"]


@pytest.fixture
def short_folder():
    """The address of a socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory() as folder:
        yield folder


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_a_committed_notebook_holds_no_output_and_short_cells(file):
    cells = nbformat.read(file, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert [cell.execution_count for cell in code] == [None] * len(code)
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    for cell in code:
        assert len(cell.source.splitlines()) <= LONGEST_CELL
        assert max(map(len, cell.source.splitlines())) <= LONGEST_LINE


def test_there_are_the_four_stories_and_the_readme_tells_of_each():
    readme = (NOTEBOOKS / "README.md").read_text("utf-8")
    assert len(STORIES) == 4
    assert all(f"({file.name})" in readme for file in STORIES)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_all_stories_can_be_told_where_nothing_is_configured(setting, short_folder, tmp_path, monkeypatch):
    # Makes its list of fonts where nobody has drawn before; within a notebook it complains after 5 s.
    import matplotlib.font_manager  # noqa: F401
    from nbclient import NotebookClient
    from traitlets.config import Config

    # Not ports, which are found now and listened on later: somebody else may have them by then.
    sockets = Config(KernelManager={"transport": "ipc", "ip": f"{short_folder}/kernel"})
    nothing = (NOTEBOOKS.parent / "config.toml").read_text("utf-8").replace("var/", f"{tmp_path}/var/")
    (tmp_path / "config.toml").write_text(nothing, "utf-8")
    monkeypatch.setenv("CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("NOTEBOOKS_FOLDER", str(tmp_path / "made up"))
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(NOTEBOOKS.parent), os.environ.get("PYTHONPATH", "")])
    )
    for file in STORIES:
        notebook = nbformat.read(file, as_version=4)
        where = {"metadata": {"path": str(NOTEBOOKS)}}
        told = {"timeout": 600, "startup_timeout": 300, "config": sockets}
        NotebookClient(notebook, kernel_name="python3", resources=where, **told).execute()
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        # A warning, for example of a glyph that no font has, is a stream to standard error.
        complaints = [output.text for output in outputs if output.get("name") == "stderr"]
        assert complaints == [], file.name
        plots = [output for output in outputs if "image/png" in output.get("data", {})]
        assert len(plots) >= 2, file.name
    assert setting.config() == tmp_path / "made up" / "config.toml"
    assert not (tmp_path / "var").exists()
    assert not list((tmp_path / "made up").glob("*.try.toml"))
