"""The conformance kit, for rental."""

from jalon.testing.conformance import Conformance


class TestConformance(Conformance):
    module = "rental"
    arguments = {"jalon_rental.free": {"starts_at": "2031-03-03T08:00", "ends_at": "2031-03-03T18:00"}}
