"""The conformance kit, for the core."""

from typing import Any

import pytest

from jalon.testing.conformance import Conformance, Kit
from jalon.testing.conformance.probe import SLUG

OF_THE_PROBE = {"slug": SLUG}
A_FEW_WORDS = {"name": "jalon.word"}


class TestConformance(Conformance):
    module = "core"
    arguments = {
        "jalon_modules.preview": OF_THE_PROBE,
        "jalon_modules.enable": OF_THE_PROBE,
        "jalon_modules.disable": OF_THE_PROBE,
        "jalon_message_texts.edit": A_FEW_WORDS,
        "jalon_message_texts.reset": A_FEW_WORDS,
        "jalon_message_texts.test": A_FEW_WORDS,
        "jalon_settings.form": {"slug": "opening-hours"},
        "jalon_settings.send": {"slug": "opening-hours"},
        "jalon_settings.withdraw": {"slug": "opening-hours"},
        "jalon_link.choose": {"token": "KNOWNTONOBODY"},
        "jalon_link.again": {"token": "KNOWNTONOBODY"},
        "jalon_first_steps.enable": OF_THE_PROBE,
        "jalon_start.account": {"key": "known to nobody"},
        "jalon_door.label": {"code": "KNOWNTONOBODY"},
        "jalon_door.message": {"code": "KNOWNTONOBODY"},
        "jalon.import": {"step": "check"},
    }

    # Every page of the core as everybody: a minute. In `make test` the matrix of rights and the modules' kits do it.

    @pytest.mark.slow
    @pytest.mark.both_databases
    def test_20_nothing_is_done_from_outside(self, kit: Kit, record_property: Any) -> None:
        super().test_20_nothing_is_done_from_outside(kit, record_property)  # type: ignore[misc]

    @pytest.mark.slow
    @pytest.mark.both_databases
    def test_33_two_structures_in_one_process(self, kit: Kit, record_property: Any) -> None:
        super().test_33_two_structures_in_one_process(kit, record_property)  # type: ignore[misc]
