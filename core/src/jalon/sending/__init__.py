"""How a message leaves: by the channel the person prefers and agrees to at this moment, in the words of now."""

from jalon.messages import Unsendable
from jalon.sending.leaving import MOST_TRIES, done, prepare
from jalon.sending.ways import Way, way_to, ways_of
from jalon.sending.words import Said, said_with, say, values_of

__all__ = [
    "MOST_TRIES",
    "Said",
    "Unsendable",
    "Way",
    "done",
    "prepare",
    "said_with",
    "say",
    "values_of",
    "way_to",
    "ways_of",
]
