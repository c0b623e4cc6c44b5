"""The conformance kit, for core."""

from jalon.testing.conformance import Conformance


class TestConformance(Conformance):
    module = "core"
