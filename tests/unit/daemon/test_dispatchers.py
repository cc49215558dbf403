"""One dispatcher for each notifier, led together."""

from __future__ import annotations

import random

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.usecases.notify import DeliverNotifications
from rateguard.entrypoints.daemon.notifications import WORKERS, Dispatcher, Dispatchers
from tests.unit.daemon.dispatching import SECONDS, Hanging, NotedUnits, Receiver
from tests.unit.domain.delivering import crossing, put
from tests.unit.doubles import HandClock


def led(units: NotedUnits, *receivers: Receiver) -> Dispatchers:
    return Dispatchers(
        [
            Dispatcher(
                DeliverNotifications(units, HandClock(), receiver, random.random)
            )
            for receiver in receivers
        ]
    )


class TestDispatchers:
    def test_start_wake_and_stop_each(self) -> None:
        """Each notifier is told of what waited and of what comes."""
        store = MemoryStore(notifiers=["hook", "mail"])
        units = NotedUnits(store)
        hook, mail = Receiver(), Receiver(name="mail")
        put(store, crossing("waited"))

        dispatchers = led(units, hook, mail)
        dispatchers.start()
        arrived = [hook.arrival(), mail.arrival()]
        units.until("outbox.next_due", 2 * WORKERS)
        put(store, crossing("came"))
        dispatchers.wake()
        arrived += [hook.arrival(), mail.arrival()]
        dispatchers.stop()

        assert dispatchers.join(SECONDS)
        assert arrived == ["waited", "waited", "came", "came"]
        done = {"delivered": 2, "failed": 0, "given_up": 0}
        assert dispatchers.outcomes() == {"hook": done, "mail": done}

    def test_count_what_became_of_attempts(self) -> None:
        """One that will be tried again is no success."""
        units = NotedUnits(MemoryStore(notifiers=["hook"]))
        put(units.store, crossing("anna"), crossing("ben"))
        hook = Receiver({"anna": DeliveryFailed("no")})

        dispatchers = led(units, hook)
        dispatchers.start()
        units.until_at_rest()
        dispatchers.stop()

        assert dispatchers.join(SECONDS)
        done = {"delivered": 1, "failed": 1, "given_up": 0}
        assert dispatchers.outcomes() == {"hook": done}

    def test_are_apart(self) -> None:
        """
        A notifier all of whose workers hang keeps no other from being told;
        they have ended when all have.
        """
        store = MemoryStore(notifiers=["hook", "mail"])
        hanging = Hanging()
        senders = [str(number) for number in range(WORKERS)]
        hook, mail = Receiver(dict.fromkeys(senders, hanging)), Receiver(name="mail")

        dispatchers = led(NotedUnits(store), hook, mail)
        dispatchers.start()
        for sender in senders:
            put(store, crossing(sender))
            dispatchers.wake()
            assert [hook.arrival(), mail.arrival()] == [sender, sender]
        put(store, crossing("next"))
        dispatchers.wake()
        assert mail.arrival() == "next"
        dispatchers.stop()
        ended_early = dispatchers.join(0)
        hanging.end()

        assert dispatchers.join(SECONDS)
        assert not ended_early

    def test_may_be_none(self) -> None:
        """Where nobody is told there is nothing to do."""
        dispatchers = Dispatchers([])

        dispatchers.start()
        dispatchers.wake()
        dispatchers.stop()
        assert dispatchers.join(0)
