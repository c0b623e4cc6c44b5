"""The conformance kit, for newsletter."""

from jalon.testing.conformance import Conformance


class TestConformance(Conformance):
    module = "newsletter"
