"""
What every store has to keep its word on, whoever wrote it.

The suite knows the ports and nothing of any database. To prove an adapter of
your own, take this package and give it a ``conftest.py`` whose fixtures return
your :class:`~tests.integration.contracts.rig.StoreRig`.
"""
