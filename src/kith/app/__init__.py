"""The composition root: settings, addresses, servers and the ``kith`` command hang the floors together."""
