"""The conformance kit, for fleet."""

from jalon.testing.conformance import Conformance


class TestConformance(Conformance):
    module = "fleet"
