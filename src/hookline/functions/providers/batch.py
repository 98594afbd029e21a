"""A batch of the FIFO queue: what processing has read, published, and returned to the queue.

A message goes back to the queue if it fails, or if an earlier message of its message group goes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hookline.functions.bus import Bus, ToPublish
from hookline.functions.providers.envelopes import Bodies, Envelope, Envelopes, Message, Unreadable

MAX_RECEIVES = 3
"""Maximum number of receives of a message (``maxReceiveCount``).

If the message fails at its last receive, SQS moves it to the dead-letter queue.
"""

READ_MILLISECONDS = 10_000
"""Minimum remaining time of the invocation, in milliseconds, to read another message.

The time is enough to read the largest body from the archive in three attempts (9.2 seconds), and to answer (0.5). An
invocation must handle at least four messages of a batch of ten. Otherwise, the last ones reach ``MAX_RECEIVES`` before
their turn. With 30 seconds, a message may take 6 seconds to read, if a publication takes at most 2.
"""

SHORT_MILLISECONDS = 15_000
"""Remaining time of the invocation, in milliseconds, below which messages are published before the next one is read.

A slow read can then return only its own message to the queue. Above this time, five seconds remain after the slowest
read to publish everything: enough for a publication that succeeds after an attempt without an answer.
"""


class Batch:
    """A batch of messages, which processing reads and publishes in the order of the queue.

    Attributes:
        published: the events that were published.
        returned: message id → error code of each message that goes back to the queue.
    """

    def __init__(self, envelopes: Envelopes, bus: Bus, remaining: Callable[[], int]) -> None:
        """Make a batch without messages.

        Args:
            envelopes: builds the bus event of a message.
            bus: the bus on which events are published.
            remaining: returns the milliseconds until Lambda stops the invocation.
        """
        self._envelopes = envelopes
        self._bus = bus
        self._remaining = remaining
        self._bodies: Bodies = {}  # only bodies that contain several events
        self._ready: list[tuple[Message, Envelope]] = []
        self._held: set[str] = set()  # message groups of which a message goes back
        self.published: list[Envelope] = []
        self.returned: dict[str, str] = {}

    def read(self, message: Message) -> None:
        """Read a message. If the remaining time is short, publish the earlier messages first."""
        left = self._remaining()
        if left < SHORT_MILLISECONDS:
            self.publish()
            left = self._remaining()
        if _group(message) in self._held:
            self.returned[message["messageId"]] = "Behind"
        elif left < READ_MILLISECONDS:
            self._give_back(message, "OutOfTime", self._held)
        else:
            self._try_to_read(message)

    def _try_to_read(self, message: Message) -> None:
        try:
            self._ready.append((message, self._envelopes.read(message, self._bodies)))
        except Unreadable as unreadable:
            self._give_back(message, unreadable.code, self._held)

    def publish(self) -> None:
        """Publish the messages that were read and not yet published."""
        ready, self._ready = self._ready, []
        failures = self._bus.publish([each for message, envelope in ready for each in _events(message, envelope)])
        held = set[str]()  # a group can be held because of a message that is behind those that are published now
        for message, envelope in ready:
            code = "Behind" if _group(message) in held else failures.get(message["messageId"], "")
            if code:
                self._give_back(message, code, held)
            else:
                self.published.append(envelope)
        self._held |= held

    def _give_back(self, message: Message, code: str, held: set[str]) -> None:
        """Return a message to the queue, and hold the later messages of its group.

        If a message fails at its last receive, SQS moves it to the dead-letter queue. The later messages of its group
        often have the same number of receives. If they also went back, SQS would move them to this queue too.
        """
        self.returned[message["messageId"]] = code
        if int(message["attributes"].get("ApproximateReceiveCount", "1")) < MAX_RECEIVES:
            held.add(_group(message))


def _group(message: Message) -> str:
    return message["attributes"]["MessageGroupId"]


def _events(message: Message, envelope: Envelope) -> Iterator[ToPublish]:
    """Yield the bus event of a message and the outcome events that follow from it.

    The message has failed if any of them failed. Then all of them are published again.
    """
    name, group = message["messageId"], _group(message)
    yield ToPublish(name, group, envelope.event)
    yield from (ToPublish(name, group, outcome) for outcome in envelope.outcomes)
