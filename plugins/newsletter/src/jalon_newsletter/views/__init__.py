"""The editor's screens beside the generated ones: writing an issue, its blocks, sending it, taking readers out."""

from jalon_newsletter.views import blocks, sending, subscribers, writing
from jalon_newsletter.views.blueprint import blueprint

__all__ = ["blocks", "blueprint", "sending", "subscribers", "writing"]
