"""The rental agent's screens beside the generated ones: what is free, the plan, the day, and each step of a booking."""

from jalon_rental.views import boards, contracts, persons, steps
from jalon_rental.views.blueprint import blueprint

__all__ = ["blueprint", "boards", "contracts", "persons", "steps"]
