"""Who gets the letter, what proves it, the issues and what stands in them."""

from jalon_newsletter.models.block import Block, Kind
from jalon_newsletter.models.issue import ISSUE_STEPS, Issue, IssueState
from jalon_newsletter.models.proof import STATED, Fact, Proof, Way
from jalon_newsletter.models.subscriber import STEPS, State, Subscriber

__all__ = [
    "ISSUE_STEPS",
    "STATED",
    "STEPS",
    "Block",
    "Fact",
    "Issue",
    "IssueState",
    "Kind",
    "Proof",
    "State",
    "Subscriber",
    "Way",
]
