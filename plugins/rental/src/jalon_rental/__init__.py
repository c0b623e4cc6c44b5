"""Rental at social prices: bookings of the fleet's vehicles."""

__version__ = "0.1.0"
