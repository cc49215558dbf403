"""The commands of an operator, as they are typed."""

from __future__ import annotations

import string

from collections.abc import Iterator, Mapping

import attrs


_READING = """
sender list
sender list --sort sender
sender list --sort messages
sender list --sort recipients
sender list --sort messages-total
sender list --sort recipients-total
sender list --sort quota
sender list --sort share
sender list --sort changed
sender list --sort sender --offset $half
sender list --sort messages --offset $half
sender list --sort recipients --offset $half
sender list --sort messages-total --offset $half
sender list --sort recipients-total --offset $half
sender list --sort quota --offset $half
sender list --sort share --offset $half
sender list --sort changed --offset $half
sender list --sort recipients --offset $deep
sender list --sort recipients-total --offset $deep
sender list --sort share --offset $deep
sender list --sort changed --offset $deep
sender list --over-quota
sender list --within-quota
sender list --suspended
sender list --not-suspended
sender list --locked
sender list --not-locked
sender list --raised
sender list --not-raised
sender list --containing user123
sender list --containing customer1
sender list --containing example
sender list --over-quota --sort share
sender list --over-quota --containing customer1
sender list --over-quota --not-locked --sort changed
sender list --limit 1000 --json
sender list --limit 1000 --csv
sender top
sender top --by recipients
sender top --by messages
sender top --by total
sender top --by share
sender top --by total --limit 1000 --csv
sender show $busy
sender show $quiet
sender show --json $busy
sender show --csv $quiet
messages
messages --sender $busy
messages --sender $quiet --since -30d
messages --sender $busy --accepted --limit 1000 --csv
messages --client $address
messages --client $name
messages --client $address --sender $busy
messages --client $address --since -30d
messages --queue-id $queue_id
messages --queue-id $queue_id --sender $busy
messages --queue-id $old_queue_id --since -30d
messages --blocked
messages --accepted
messages --since -6h --until -5h
messages --since -20d --until -19d
messages --since -20d --blocked
messages --limit 1000 --json
history
history $busy
history --limit 1000 --csv
history --json $busy
status
status --brief
status --json
check-config
"""

# Strangers, and what a small crowd or one at midnight need not have.
_PERHAPS_NOTHING = """
sender top --by blocked
sender top --by blocked --json
messages --sender $busy --blocked
sender list --containing nobody
messages --sender stranger@x.example
messages --client 203.0.113.9
messages --queue-id 4QNONE
messages --queue-id 4QNONE --since -30d
history stranger@x.example
notify list
notify list --limit 10
migrate --check
"""

# ``sender remove`` is not among them: it lets the messages go in pieces, with
# rests between, and is in no hurry.
_CHANGING = """
sender set --quota 3000 $busy
sender raise --quota 4000 $busy
sender raise --quota 4000 --until +12h $busy
sender lock $busy
sender unlock $busy
sender reset $busy
sender suspend --reason benchmark $busy
sender release $busy
"""


@attrs.frozen
class Line:
    """
    Attributes:
        words: After ``rateguard``.

        tells: It has something to show.
    """

    words: tuple[str, ...]
    tells: bool

    def __str__(self) -> str:
        return " ".join(self.words)


def command_lines(names: Mapping[str, str]) -> Iterator[Line]:
    """
    Yield all, with the names of a store filled in. A changed sender is as
    before at the end but for his quota.
    """
    for text, tells in ((_READING, True), (_PERHAPS_NOTHING, False), (_CHANGING, True)):
        for line in string.Template(text).substitute(names).strip().splitlines():
            yield Line(tuple(line.split()), tells)
