"""The conformance kit, for the core."""

from jalon.testing.conformance import Conformance
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
    }
