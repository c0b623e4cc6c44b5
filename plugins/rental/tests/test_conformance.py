"""The conformance kit, for rental."""

from jalon.testing.conformance import Conformance


class TestConformance(Conformance):
    module = "rental"
