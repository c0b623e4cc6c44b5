"""Which tests go to one process when several run them."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

TOGETHER = {
    **dict.fromkeys(("test_axe", "test_catalogues", "test_demo", "test_demo_people", "test_planted_cases"), "demo"),
    **dict.fromkeys(("test_host", "test_wheels"), "wheels"),
}


class ByWhatTheyShare(LoadFileScheduling):  # type: ignore[misc]
    """A file is run by one process, for what its tests share is made once; what walks the demo or needs the wheels
    counts as one file. Marks of groups do nothing under pytest 9.2 (github.com/pytest-dev/pytest-xdist/issues/1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return TOGETHER.get(path.removeprefix("tests/").removesuffix(".py"), path)
