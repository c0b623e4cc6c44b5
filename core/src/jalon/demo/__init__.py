"""The demo: five fictitious structures with their accounts, and a year of what their modules do."""

from jalon.demo.load import load
from jalon.demo.people import ACCOUNTS_SHOWN, PASSWORD, accounts_shown
from jalon.demo.purge import DemoInUse, purge

__all__ = ["ACCOUNTS_SHOWN", "PASSWORD", "DemoInUse", "accounts_shown", "load", "purge"]
